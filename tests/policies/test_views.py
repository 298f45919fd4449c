"""`lantu check --view`: each view by itself and all together, from a lab's state or from a file; nothing is made here.

What a running lab shows is tested on one: tests/district/test_2_drift.py.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lantu.main import main

from policies.gate.core.findings import Findings
from policies.gate.rules.registry import RULES
from tests.policies.cases import EXAMPLES
from tests.policies.test_pages import STATE

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of a lab without engines, and with one stack that has an unapproved network."""
    monkeypatch.setenv("LANTU_STATE", str(tmp_path / "state"))
    run = tempfile.TemporaryDirectory(prefix="lantu-")  # a socket's path is short, pytest's own folders are not
    monkeypatch.setenv("LANTU_RUN", run.name)
    folder = tmp_path / "state" / "lab"
    stacks = folder / "extranet" / "pulumi" / "state" / ".pulumi" / "stacks" / "lantu"
    stacks.mkdir(parents=True)
    (stacks / "lab-extranet.json").write_text(json.dumps(STATE))
    yield folder
    run.cleanup()


def check(capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    status = main(["check", *words, "--format", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, document


def rules(document: dict[str, Any]) -> set[str]:
    return {item["rule"] for item in document["findings"]}


def test_the_planned_view_reads_the_states_of_the_lab(lab: Path, capsys: Capture) -> None:
    status, document = check(capsys, "--view", "planned")
    assert (status, document["views"]) == (1, ["planned"])
    assert "NET-001" in rules(document)


def test_an_unreadable_state_does_not_pass(lab: Path, capsys: Capture) -> None:
    next(lab.rglob("lab-extranet.json")).write_text("{")
    status, document = check(capsys, "--view", "planned")
    assert (status, document["verdict"]) == (4, "not_evaluated")
    assert rules(document) == {"GATE-001"}


def test_a_lab_without_stacks_does_not_pass(lab: Path, capsys: Capture) -> None:
    next(lab.rglob("lab-extranet.json")).unlink()
    status, document = check(capsys, "--view", "planned")
    assert (status, rules(document)) == (4, {"GATE-001"})


def test_the_running_view_denies_where_no_engine_answers(lab: Path, capsys: Capture) -> None:
    status, document = check(capsys, "--view", "running")
    assert status == 1
    assert {item["drift"] for item in document["findings"] if item["rule"] == "RUN-012"} == {"MISSING"}
    assert {item["subject"] for item in document["findings"] if item["rule"] == "RUN-012"} == {"extranet", "intranet"}


def test_all_three_views_are_one_document(lab: Path, capsys: Capture) -> None:
    status, document = check(capsys, "--view", "all")
    assert (status, document["views"]) == (1, ["declared", "planned", "running"])
    assert {"NET-001", "RUN-012"} <= rules(document)
    assert document["counts"]["to_be_observed"] == 0, "the running view was asked: it sees, or it denies"


@pytest.mark.parametrize("view", ["planned", "running", "all"])
def test_a_lab_that_was_never_built(
    view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("LANTU_STATE", str(tmp_path))
    assert check(capsys, "--view", view)[0] == 4


def test_a_dumped_view_has_the_same_verdict(lab: Path, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "running.json"
    assert main(["snapshot", "dump", "--view", "running"]) == 0
    file.write_text(capsys.readouterr().out)
    assert json.loads(file.read_text())["view"] == "running"
    before, after = check(capsys, "--view", "running"), check(capsys, "--from", str(file))
    assert before == after


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "lantu.snapshot/2"}', '{"schema": "lantu.snapshot/1", "x": 1}'])
def test_a_file_that_is_no_view_cannot_be_evaluated(text: str, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    file.write_text(text)
    status, document = check(capsys, "--from", str(file))
    assert status == 4
    assert "view.json" in document["error"]


@pytest.mark.parametrize("words", [["--view", "yesterday"], ["--write", "gate.pdf"], ["--write", "nowhere/gate.md"]])
def test_wrong_usage_is_reported_before_evaluation(words: list[str], capsys: Capture) -> None:
    assert check(capsys, *words)[0] == 2


def test_nothing_is_to_be_observed_after_the_running_view() -> None:
    found: dict[str, Findings] = {
        example.name: example.evaluated() for example in EXAMPLES if example.rule == "ENG-015"
    }
    later = found["observed-later-if-the-site-compensates"]
    assert later.counts["to_be_observed"] == 1 and later.settled() == later
    seen = later.with_(found["passed-in-the-running-view-if-observed"]).settled()
    assert (seen.verdict, seen.counts["to_be_observed"]) == (0, 0)
    unseen = later.with_(found["violated-in-the-running-view-until-observed"]).settled()
    assert (unseen.verdict, unseen.counts["deny"]) == (1, 1)


def test_every_row_of_the_escape_path_catalogue_with_a_gate_property_has_a_rule() -> None:
    """Rows without a gate property need the running view."""
    only_running = {f"S{number:02}" for number in (2, 16, 19, 22, 35, 37, 38, 39, 41, 42, 46, 47, 48)}
    rows = {f"S{number:02}" for number in range(1, 49)} - only_running
    before = {
        escape_path
        for rule in RULES.values()
        if {"declared", "planned"} & set(rule.views)
        for escape_path in rule.data["escape_paths"]
    }
    assert rows - before == set()
