"""When Pulumi may be left alone: only while everything that an update depends on is as the last one left it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lantu import update_record

DAY = date(2026, 11, 30)


@dataclass(frozen=True)
class FakeStack:
    """The parts of lantu.stacks.Stack that count, without a Pulumi."""

    home: Path
    folder: Path
    engine: Any

    @property
    def kept_settings(self) -> Path:
        return self.home / "place.yaml"

    def checkpoints(self) -> list[Path]:
        return [self.home / "state.json"]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    for name in (
        "infra/hosts.py",
        "policies/gate/crossguard.py",
        "inventory/load.py",
        "project/Pulumi.yaml",
        "home/place.yaml",
        "home/state.json",
        ".venv/.made-of",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(update_record, "ROOT", tmp_path)
    return FakeStack(tmp_path / "home", tmp_path / "project", SimpleNamespace(version="3.259.0", pulumi=Path("/p")))


@pytest.fixture
def blueprint(tmp_path: Path) -> Any:
    return SimpleNamespace(digest="0" * 64, directory=tmp_path)


def test_a_stack_that_was_never_applied_is_not(stack: FakeStack, blueprint: Any) -> None:
    assert not update_record.is_applied(stack, blueprint, DAY)


def test_what_was_recorded_holds_until_it_is_forgotten(stack: FakeStack, blueprint: Any) -> None:
    update_record.record(stack, blueprint, DAY)
    assert update_record.is_applied(stack, blueprint, DAY)
    update_record.forget(stack)
    assert not update_record.is_applied(stack, blueprint, DAY)


@pytest.mark.parametrize(
    "file",
    [
        "infra/hosts.py",
        "policies/gate/crossguard.py",
        "inventory/load.py",
        "project/Pulumi.yaml",
        "home/place.yaml",
        "home/state.json",
        ".venv/.made-of",
    ],
)
def test_every_file_that_an_update_reads_counts(stack: FakeStack, blueprint: Any, file: str, tmp_path: Path) -> None:
    update_record.record(stack, blueprint, DAY)
    (tmp_path / file).write_text("changed")
    assert not update_record.is_applied(stack, blueprint, DAY)


def test_day_blueprint_and_pulumi_count(stack: FakeStack, blueprint: Any) -> None:
    update_record.record(stack, blueprint, DAY)
    other = SimpleNamespace(digest="1" * 64, directory=blueprint.directory)
    newer = replace(stack, engine=SimpleNamespace(version="3.274.1", pulumi=Path("/p")))
    assert not update_record.is_applied(stack, blueprint, date(2026, 12, 1))
    assert not update_record.is_applied(stack, other, DAY)
    assert not update_record.is_applied(newer, blueprint, DAY)
