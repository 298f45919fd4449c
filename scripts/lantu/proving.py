"""The proof of a running district: what each host says of itself, and what packets say of the zones."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from lantu.building import VENV, Building
from lantu.console import word
from lantu.context import ROOT
from lantu.steps import StepFailedError
from policies import probes

STEPS = 2


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
class Proof:
    checks: Checks
    matrix: probes.Matrix
    at: datetime
    file: Path

    @property
    def good(self) -> bool:
        return self.checks.good and self.matrix.good

    def line(self, lang: Literal["zh", "en"]) -> str:
        """The one line that a run ends with."""
        passed, failed = self.checks.passed, len(self.checks.failed) + self.checks.skipped
        if lang == "zh":
            return f"主机检查 {passed} 项通过，{failed} 项未过；{self.matrix.line(lang)}"
        return f"host checks: {passed} passed, {failed} failed; {self.matrix.line(lang)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": 1, "good": self.good, "at": self.at.isoformat(timespec="seconds"),
            "checks": asdict(self.checks),
            "matrix": self.matrix.as_json(),
        }


def prove(building: Building) -> Proof:
    """Runs both and writes the result beside the lab's state; a tool that fails is a failed proof, never a pass."""
    seen, steps = building.context, building.steps
    with steps.step("逐台检查主机", "check every host"):
        checks = check_hosts(building)
        for name in checks.failed:
            steps.note(name)
    with steps.step("以数据包检验各区域", "test the zones with packets"):
        handles = probes.handles(seen.lab.name, seen.blueprint)
        lang = word(seen.lang)
        matrix = probes.run(seen.blueprint, handles, steps.write_line, lang=lang)
        for sentence in matrix.sentences(lang):
            steps.note(sentence)
    proof = Proof(checks, matrix, datetime.now(UTC), seen.lab.state / "proof.json")
    new = proof.file.with_suffix(".new")
    new.write_text(json.dumps(proof.as_json(), ensure_ascii=False, indent=2) + "\n")
    new.replace(proof.file)
    return proof


def check_hosts(building: Building) -> Checks:
    """testinfra over every host of both places, in one run."""
    report = building.steps.log.with_suffix(".hosts.xml")
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", f"--junit-xml={report}"]
    command: list[str | Path] = [VENV / "python", "-m", "pytest", *options, "tests/estate"]
    environment = building.environment(building.context.seats[0])
    del environment["LANTU_PLACE"]  # both places
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
