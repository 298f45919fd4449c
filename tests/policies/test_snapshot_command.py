"""`lantu snapshot`: a view that is written as JSON and read again has the same verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lantu.main import main

from tests.policies.test_pages import STATE


def test_a_dumped_blueprint_has_the_same_verdict(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["snapshot", "dump"]) == 0
    file = tmp_path / "declared.json"
    file.write_text(capsys.readouterr().out, "utf-8")
    assert json.loads(file.read_text("utf-8"))["schema"] == "lantu.snapshot/1"
    assert main(["snapshot", "evaluate", str(file), "--lang", "en"]) == 0
    assert "passed" in capsys.readouterr().out


def test_a_state_is_evaluated_offline_and_every_output_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state, view = tmp_path / "state.json", tmp_path / "planned.json"
    state.write_text(json.dumps(STATE))
    assert main(["snapshot", "dump", "--view", "planned", "--file", str(state)]) == 0
    view.write_text(capsys.readouterr().out, "utf-8")
    outputs = [tmp_path / f"gate{ending}" for ending in (".json", ".txt", ".md", ".sarif", ".xml")]
    wishes = [word for path in outputs for word in ("--write", str(path))]
    assert main(["snapshot", "evaluate", str(view), *wishes, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert "NET-001" in {item["rule"] for item in document["findings"]}
    assert all(path.stat().st_size > 100 for path in outputs)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["dump", "--view", "planned"], 2),
        (["dump", "--view", "planned", "--file", "nowhere.json"], 4),
        (["evaluate", "nowhere.json"], 4),
        (["dump", "--blueprint", "nowhere"], 4),
        (["evaluate"], 2),
    ],
)
def test_wrong_use_and_missing_files_have_their_own_status(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshot", *arguments]) == status
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_ending_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["snapshot", "dump"]) == 0
    file = tmp_path / "declared.json"
    file.write_text(capsys.readouterr().out, "utf-8")
    assert main(["snapshot", "evaluate", str(file), "--write", str(tmp_path / "gate.pdf")]) == 2
