"""The proof of a running district: what engines, kernels and each host say, and what packets say of the zones."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from inventory.texts.text import Text
from lantu.console import word
from lantu.context import ROOT
from lantu.deployment import VENV, Building
from lantu.steps import StepFailedError
from lantu.views import declared_of, evaluated, running_of
from policies.gate.core.findings import Findings
from policies.gate.outputs.common import headline
from policies.nftproof.scratch import NotListedError
from policies.verification import matrix as probes
from policies.verification.network_proof.live_rules import prove_running
from policies.verification.network_proof.prove import DistrictProof
from policies.verification.network_proof.report import as_json, refused, summary, words

STEPS = 4


@dataclass(frozen=True, slots=True)
class Observation:
    """What the rules say of what runs, and which of the site's compensations were seen at work."""

    findings: Findings
    seen: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.findings.verdict and not self.unseen

    def line(self, lang: Literal["zh", "en"]) -> str:
        told = headline(self.findings.as_json(), lang)
        seen, unseen = (("、" if lang == "zh" else ", ").join(names) for names in (self.seen, self.unseen))
        if lang == "zh":
            return f"运行视图：{told}；补偿措施已见：{seen or '无'}；未见：{unseen or '无'}"
        return f"running view: {told}; compensations seen: {seen or 'none'}; not seen: {unseen or 'none'}"

    def as_json(self) -> dict[str, Any]:
        document = self.findings.as_json()
        kept = ("schema", "verdict", "counts", "evaluated", "findings")
        return {**{key: document[key] for key in kept}, "seen": self.seen, "unseen": self.unseen}


@dataclass(frozen=True, slots=True)
class Checks:
    """Counts of the tests over the hosts, and the names of those that failed."""

    passed: int
    failed: tuple[str, ...]
    skipped: int

    @property
    def good(self) -> bool:
        return self.passed > 0 and not self.failed and not self.skipped


@dataclass(frozen=True, slots=True)
class VerificationResult:
    look: Observation
    checks: Checks
    rules: DistrictProof
    matrix: probes.Matrix
    at: datetime
    file: Path

    @property
    def good(self) -> bool:
        return self.look.good and self.checks.good and self.rules.good and self.matrix.good

    def line(self, lang: Literal["zh", "en"]) -> str:
        """The lines that a run ends with: what the rules say of what runs, then hosts and packets."""
        return f"{self.look.line(lang)}\n{self._proven(lang)}"

    def _proven(self, lang: Literal["zh", "en"]) -> str:
        passed, failed = self.checks.passed, len(self.checks.failed) + self.checks.skipped
        if lang == "zh":
            return f"主机检查 {passed} 项通过，{failed} 项未过；{summary(self.rules, lang)}\n{self.matrix.line(lang)}"
        return f"host checks: {passed} passed, {failed} failed; {summary(self.rules, lang)}\n{self.matrix.line(lang)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": 2,
            "good": self.good,
            "at": self.at.isoformat(timespec="seconds"),
            "running": self.look.as_json(),
            "checks": asdict(self.checks),
            "rules": as_json(self.rules),
            "matrix": self.matrix.as_json(),
        }


def prove(building: Building) -> VerificationResult:
    """Runs all and writes the result beside the lab's state; a tool that fails is a failed proof, never a pass."""
    seen, steps = building.context, building.steps
    with steps.step(Text("查看运行现状", "evaluate the running district")):
        look = look_at(building)
        for finding in look.findings.grouped():
            steps.note(f"{finding.rule} {finding.say('sentence', word(seen.lang))}")
    with steps.step(Text("逐台检查主机", "check every host")):
        checks = check_hosts(building)
        for name in checks.failed:
            steps.note(name)
    with steps.step(Text("证明运行中的规则", "prove the running rules")):
        rules = prove_rules(building)
        zones = {segment.id: segment.zone.value for segment in seen.blueprint.segments}
        for wrong in rules.findings:
            steps.note("\n".join(words(wrong, word(seen.lang), zones)))
    with steps.step(Text("以数据包检验各区域", "test the zones with packets")):
        handles = probes.handles(seen.lab.name, seen.blueprint)
        lang = word(seen.lang)
        matrix = probes.run(seen.blueprint, handles, steps.write_line, lang=lang)
        for sentence in matrix.sentences(lang):
            steps.note(sentence)
    proof = VerificationResult(look, checks, rules, matrix, datetime.now(UTC), seen.lab.state / "proof.json")
    new = proof.file.with_suffix(".new")
    new.write_text(json.dumps(proof.as_json(), ensure_ascii=False, indent=2) + "\n")
    new.replace(proof.file)
    return proof


def look_at(building: Building) -> Observation:
    """All rules over the running view. A compensation counts where every engine shows it at work."""
    seen, day = building.context, date.today()
    declared = declared_of(seen.blueprint, seen.lab.name, day)
    view = running_of(declared, seen.lab.name, day)
    at_work = {(control.by, control.engine) for control in view.observed_controls}
    wanted = [control.id for control in declared.compensating_controls]
    locations = [engine.id for engine in declared.engines if engine.id == engine.location]
    there = tuple(by for by in wanted if all((by, location) in at_work for location in locations))
    return Observation(evaluated([view], declared, day), there, tuple(by for by in wanted if by not in there))


def prove_rules(building: Building) -> DistrictProof:
    """Every host's rules as its kernel has them, for all packets."""
    seen = building.context
    try:
        return prove_running(seen.blueprint.deployed_subset, seen.lab.name, date.today())
    except NotListedError as mistake:
        raise StepFailedError("nft list ruleset", 1, [refused(mistake, word(seen.lang))]) from None


def check_hosts(building: Building) -> Checks:
    """testinfra over every host of both places, in one run."""
    report = building.steps.log.with_suffix(".hosts.xml")
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "testinfra.plugin", "-p", "no:cacheprovider", f"--junit-xml={report}"]
    command: list[str | Path] = [VENV / "python", "-m", "pytest", *options, "tests/estate"]
    environment = building.environment(building.context.workspaces[0])
    del environment["LANTU_LOCATION"]  # both locations
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # of all installed plugins these tests use one
    try:
        building.steps.run(command, environment, ROOT)
    except StepFailedError:
        if not report.exists():
            raise
    return counted(report)


def counted(report: Path) -> Checks:
    """Reads pytest's own report; a case without an outcome of its own passed."""
    passed, failed, skipped = 0, [], 0
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  # pytest wrote it a moment ago
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Checks(passed, tuple(failed), skipped)
