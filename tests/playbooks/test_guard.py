"""A guarded change: its undo is on disk before it is made, and exactly one of confirm and restore wins."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hoststate import guard as guarding
from hoststate.changes import Run
from hoststate.files import files
from hoststate.guard import Guard, settle

from tests.playbooks.conftest import PLAYBOOKS

Item = Callable[..., dict[str, Any]]
SCRIPT = PLAYBOOKS / "roles" / "base" / "files" / "lantu-guard"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a guard; a list records the calls of systemctl."""
    told: list[list[str]] = []
    monkeypatch.setattr(guarding, "must", lambda argv, *_rest: told.append(list(argv)) or "")
    return tmp_path / "state" / "guard"


@pytest.fixture
def lantu_guard(tmp_path: Path, home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """lantu-guard on that directory; fake `systemctl` and `nft` record their calls."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("systemctl", "nft"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/called\n')
        (tools / name).chmod(0o755)
    program = tools / "lantu-guard"
    program.write_text(SCRIPT.read_text().replace("/var/lib/lantu/guard", str(home)))

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        path = f"{tools}:{os.environ['PATH']}"
        argv = ["sh", str(program), *words]
        return subprocess.run(argv, env={"PATH": path}, capture_output=True, text=True, check=False)

    return call


def change(home: Path, *items: dict[str, Any]) -> Guard:
    run = Run(False)
    guard = Guard(run, home)
    files(run, [item | {"guarded": True} for item in items], guard)
    return guard


def test_restore_brings_back_what_was_there(tmp_path: Path, home: Path, item: Item, lantu_guard: Any) -> None:
    (tmp_path / "sshd.conf").write_text("old")
    (tmp_path / "sshd.conf").chmod(0o640)
    guard = change(home, item(tmp_path / "sshd.conf", "new"), item(tmp_path / "it's new", "x"))
    guard.ruleset("inet lantu", "table inet lantu {\n}\n")
    guard.unit("ssh.service")
    assert (tmp_path / "sshd.conf").read_text() == "new"
    assert lantu_guard("restore").returncode == 0
    assert (tmp_path / "sshd.conf").read_text() == "old"
    assert (tmp_path / "sshd.conf").stat().st_mode & 0o777 == 0o640
    assert not (tmp_path / "it's new").exists()
    assert (tmp_path / "called").read_text().splitlines() == [
        "nft -f rules.nft",
        "systemctl try-reload-or-restart ssh.service",
        "systemctl --no-block stop lantu-guard.timer",
    ]
    assert list(home.parent.iterdir()) == []


def test_the_old_rules_replace_the_new_ones_in_one_step(home: Path) -> None:
    guard = Guard(Run(False), home)
    guard.ruleset("inet lantu", "table inet lantu {\n}\n")
    assert (home / "rules.nft").read_text() == "table inet lantu\ndelete table inet lantu\ntable inet lantu {\n}\n"


def test_confirm_keeps_the_change(tmp_path: Path, home: Path, item: Item, lantu_guard: Any) -> None:
    (tmp_path / "a").write_text("old")
    token = change(home, item(tmp_path / "a", "new")).token
    assert lantu_guard("confirm", token).returncode == 0
    assert (tmp_path / "called").read_text() == "systemctl stop lantu-guard.timer\n"
    assert lantu_guard("restore").returncode == 0, "nothing left to undo"
    assert (tmp_path / "a").read_text() == "new"


@pytest.mark.parametrize("word", ["", "0123456789abcdef"])
def test_another_token_confirms_nothing(tmp_path: Path, home: Path, item: Item, lantu_guard: Any, word: str) -> None:
    (tmp_path / "a").write_text("old")
    change(home, item(tmp_path / "a", "new"))
    done = lantu_guard("confirm", word)
    assert (done.returncode, "is waiting" in done.stderr) == (1, True)
    lantu_guard("restore")
    assert (tmp_path / "a").read_text() == "old"


def test_what_was_undone_cannot_be_confirmed(tmp_path: Path, home: Path, item: Item, lantu_guard: Any) -> None:
    token = change(home, item(tmp_path / "a", "new")).token
    lantu_guard("restore")
    assert lantu_guard("confirm", token).returncode == 1


def test_an_interrupted_restore_is_finished_by_the_next(
    tmp_path: Path, home: Path, item: Item, lantu_guard: Any
) -> None:
    (tmp_path / "a").write_text("old")
    change(home, item(tmp_path / "a", "new"))
    home.rename(home.with_name("guard.claimed"))  # killed just after it had claimed the change
    assert lantu_guard("restore").returncode == 0
    assert (tmp_path / "a").read_text() == "old"
    assert list(home.parent.iterdir()) == []


def test_restore_with_nothing_to_do_is_good(lantu_guard: Any) -> None:
    assert lantu_guard("restore").returncode == 0


def test_wrong_arguments_are_reported(lantu_guard: Any) -> None:
    assert lantu_guard("undo").returncode == 2


def test_the_undo_is_there_before_the_change(
    tmp_path: Path, home: Path, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def location(entry: Any, content: bytes) -> None:
        seen.append((home / "undo").read_text())

    monkeypatch.setattr("hoststate.files.place", location)
    (tmp_path / "a").write_text("old")
    change(home, item(tmp_path / "a", "new"))
    assert f"mv {tmp_path}/a.undo {tmp_path}/a" in seen[0]


def test_the_timer_runs_before_the_change(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(guarding, "must", lambda argv, *_rest: told.append(list(argv)) or "")
    guard = Guard(Run(False), home)
    guard.file(tmp_path / "a")
    assert told[-1] == ["systemctl", "restart", "lantu-guard.timer"]
    guard.file(tmp_path / "b")
    assert len(told) == 2, "one timer for all changes of a pass"


def test_nothing_is_armed_where_nothing_is_guarded_or_in_check_mode(home: Path, tmp_path: Path, item: Item) -> None:
    run = Run(True)
    guard = Guard(run, home)
    files(run, [item(tmp_path / "a", "new", guarded=True)], guard)
    guard.ruleset("inet lantu", "")
    guard.unit("ssh.service")
    assert guard.token == ""
    assert not home.exists()


def test_an_unconfirmed_change_of_an_earlier_run_is_undone_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(guarding, "must", lambda argv, *_rest: told.append(list(argv)) or "")
    settle(Run(False), home)
    assert told == []
    home.mkdir(parents=True)
    run = Run(False)
    settle(run, home)
    assert told == [["/usr/local/sbin/lantu-guard", "restore"]]
    assert [item.what for item in run.changes] == ["unconfirmed change of an earlier run undone"]
