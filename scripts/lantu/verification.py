"""Verification of a running district: the gate's rules, every host, the loaded nftables rules, and packet probes."""

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
RUNNING_VIEW = Text(
    "运行视图：{headline}；已观测的补偿控制：{observed}；未观测到：{missing}",
    "running view: {headline}; compensating controls observed: {observed}; not observed: {missing}",
)
HOST_CHECKS = Text(
    "主机检查 {passed} 项通过，{failed} 项未通过；{rules}\n{matrix}",
    "host checks: {passed} passed, {failed} failed; {rules}\n{matrix}",
)


@dataclass(frozen=True, slots=True)
class Observation:
    """The gate's findings on the running view, and which of the site's compensating controls were observed."""

    findings: Findings
    seen: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.findings.verdict and not self.unseen

    def line(self, lang: Literal["zh", "en"]) -> str:
        summarised = headline(self.findings.as_json(), lang)
        return RUNNING_VIEW.fill(headline=summarised, observed=self.seen, missing=self.unseen).say(lang)

    def as_json(self) -> dict[str, Any]:
        document = self.findings.as_json()
        kept = ("schema", "verdict", "counts", "evaluated", "findings")
        return {**{key: document[key] for key in kept}, "seen": self.seen, "unseen": self.unseen}


@dataclass(frozen=True, slots=True)
class Checks:
    """Counts of the host tests, and the names of those that failed."""

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
        """The last lines of a run: rules, hosts, packets."""
        return f"{self.look.line(lang)}\n{self._proven(lang)}"

    def _proven(self, lang: Literal["zh", "en"]) -> str:
        passed, failed = self.checks.passed, len(self.checks.failed) + self.checks.skipped
        rules, matrix = summary(self.rules, lang), self.matrix.line(lang)
        return HOST_CHECKS.fill(passed=passed, failed=failed, rules=rules, matrix=matrix).say(lang)

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
    """Run all parts and write the result to the lab's state. A tool that fails is a failed verification."""
    seen, steps = building.context, building.steps
    with steps.step(Text("查看运行现状", "evaluate the running district")):
        look = look_at(building)
        for violation in look.findings.grouped():
            steps.note(f"{violation.rule} {violation.say('sentence', word(seen.lang))}")
    with steps.step(Text("逐台检查主机", "check every host")):
        checks = check_hosts(building)
        for name in checks.failed:
            steps.note(name)
    with steps.step(Text("证明运行中的规则", "prove the running rules")):
        rules = prove_rules(building)
        zones = {segment.id: segment.zone.value for segment in seen.blueprint.segments}
        for finding in rules.findings:
            steps.note("\n".join(words(finding, word(seen.lang), zones)))
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
    """Evaluate all rules on the running view. A compensating control counts if observed on every engine."""
    seen, day = building.context, date.today()
    declared = declared_of(seen.blueprint, seen.lab.name, day)
    view = running_of(declared, seen.lab.name, day)
    at_work = {(control.by, control.engine) for control in view.observed_controls}
    declared_controls = [control.id for control in declared.compensating_controls]
    locations = [engine.id for engine in declared.engines if engine.id == engine.location]
    observed = tuple(by for by in declared_controls if all((by, location) in at_work for location in locations))
    missing = tuple(by for by in declared_controls if by not in observed)
    return Observation(evaluated([view], declared, day), observed, missing)


def prove_rules(building: Building) -> DistrictProof:
    """Prove the rules that the kernel of every host has loaded."""
    seen = building.context
    try:
        return prove_running(seen.blueprint.deployed_subset, seen.lab.name, date.today())
    except NotListedError as error:
        raise StepFailedError("nft list ruleset", 1, [refused(error, word(seen.lang))]) from None


def check_hosts(building: Building) -> Checks:
    """Run the host tests (testinfra) on all hosts of both locations."""
    report = building.steps.log.with_suffix(".hosts.xml")
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "testinfra.plugin", "-p", "no:cacheprovider", f"--junit-xml={report}"]
    command: list[str | Path] = [VENV / "python", "-m", "pytest", *options, "tests/estate"]
    environment = building.environment(building.context.workspaces[0])
    del environment["LANTU_LOCATION"]  # both locations
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # these tests use one plugin, which is named above
    try:
        building.steps.run(command, environment, ROOT)
    except StepFailedError:
        if not report.exists():
            raise
    return counted(report)


def counted(report: Path) -> Checks:
    """Read pytest's report. A case without an outcome passed."""
    passed, failed, skipped = 0, [], 0
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  # written by our own pytest
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Checks(passed, tuple(failed), skipped)
