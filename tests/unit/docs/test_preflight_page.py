"""docs/preflight.md lists every refusal code, and the recorded machines of a row are refused with that code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.unit.lab.recorded import MACHINES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "preflight.md"
ROW = re.compile(r"^\| (LAB\d+) \| .+ \| (.+) \|$", re.MULTILINE)
ROWS = {code: re.findall(r"`([a-z0-9-]+)`", names) for code, names in ROW.findall(PAGE.read_text())}


def refused(name: str) -> set[str]:
    return set(json.loads((MACHINES / name / "machine.json").read_text())["expected"]["refused"])


def test_each_row_names_machines_that_are_refused_by_its_code() -> None:
    assert {code: [name for name in names if code not in refused(name)] for code, names in ROWS.items()} == {
        code: [] for code in ROWS
    }
    assert all(ROWS.values())


def test_every_code_that_a_recorded_machine_is_refused_by_has_a_row() -> None:
    codes = set().union(*(refused(path.parent.name) for path in MACHINES.glob("*/machine.json")))
    assert codes == ROWS.keys()
