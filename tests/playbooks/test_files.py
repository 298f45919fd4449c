"""hoststate.files: comparison, validation, and atomic replacement."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hoststate.changes import Run, StateError
from hoststate.files import absent, directories, files
from hoststate.guard import Guard

Item = Callable[..., dict[str, Any]]


def write(*items: dict[str, Any], check: bool = False) -> Run:
    run = Run(check)
    files(run, items, Guard(run))
    return run


def test_a_second_pass_changes_nothing(tmp_path: Path, item: Item) -> None:
    wanted = item(tmp_path / "a", "text\n", mode="0640")
    assert [change.what for change in write(wanted).changes] == [f"file {tmp_path / 'a'}"]
    assert (tmp_path / "a").read_text() == "text\n"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert write(wanted).changes == []


def test_the_difference_is_reported(tmp_path: Path, item: Item) -> None:
    (tmp_path / "a").write_text("old\n")
    change = write(item(tmp_path / "a", "new\n")).changes[0]
    assert (change.before, change.after) == ("old\n", "new\n")


def test_a_secret_is_changed_and_not_shown(tmp_path: Path, item: Item) -> None:
    change = write(item(tmp_path / "a", "hush", secret=True)).changes[0]
    assert (tmp_path / "a").read_text() == "hush"
    assert (change.before, change.after) == ("", "")


def test_a_mode_alone_is_corrected(tmp_path: Path, item: Item) -> None:
    (tmp_path / "a").write_text("text")
    (tmp_path / "a").chmod(0o600)
    assert write(item(tmp_path / "a", "text")).changes[0].after.startswith("mode 0644")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_check_mode_changes_nothing_and_reports_all(tmp_path: Path, item: Item) -> None:
    (tmp_path / "a").write_text("old")
    run = write(item(tmp_path / "a", "new"), item(tmp_path / "b", "b"), check=True)
    assert len(run.changes) == 2
    assert run.touched == {str(tmp_path / "a"), str(tmp_path / "b")}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_if_a_validator_fails_no_file_is_replaced(tmp_path: Path, item: Item) -> None:
    no = {"command": ["sh", "-c", "echo line 3 is odd >&2; exit 1"], "needs": []}
    with pytest.raises(StateError) as refused:
        write(item(tmp_path / "good", "x"), item(tmp_path / "bad", "y", validate=no))
    assert list(tmp_path.iterdir()) == []
    assert str(refused.value) == (
        f"{tmp_path / 'bad'}\n"
        "  found:    sh reports: line 3 is odd\n"
        "  expected: a file that it accepts\n"
        "  remedy:   correct the template or the blueprint"
    )


def test_a_validator_sees_the_new_content_under_the_files_own_name(tmp_path: Path, item: Item) -> None:
    validator = {"command": ["sh", "-c", 'test "$(basename "$0")" = a.conf && grep -q new "$0"', "%s"], "needs": []}
    write(item(tmp_path / "a.conf", "new", validate=validator))
    with pytest.raises(StateError):
        write(item(tmp_path / "a.conf", "other", validate=validator))
    assert (tmp_path / "a.conf").read_text() == "new"


def test_check_mode_skips_a_validator_whose_needs_are_missing(tmp_path: Path, item: Item) -> None:
    validator = {"command": ["false"], "needs": [str(tmp_path / "certificate")]}
    assert len(write(item(tmp_path / "a", "x", validate=validator), check=True).changes) == 1
    unknown = {"command": ["no-such-program"], "needs": []}
    assert len(write(item(tmp_path / "a", "x", validate=unknown), check=True).changes) == 1
    with pytest.raises(StateError):
        write(item(tmp_path / "a", "x", validate=validator))
    with pytest.raises(StateError, match="no such program"):
        write(item(tmp_path / "a", "x", validate=unknown))


def test_a_link_is_replaced_and_never_followed(tmp_path: Path, item: Item) -> None:
    (tmp_path / "elsewhere").write_text("theirs")
    (tmp_path / "a").symlink_to("elsewhere")
    write(item(tmp_path / "a", "ours"))
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "theirs"


def test_a_draft_of_a_killed_run_is_overwritten(tmp_path: Path, item: Item) -> None:
    (tmp_path / ".a.lantu").write_text("half a fi")
    write(item(tmp_path / "a", "whole"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "whole")]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write(item(tmp_path / "a", "new"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_mount_point_is_written_in_place(tmp_path: Path, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker mounts /etc/hosts into a host, and a mount point cannot be replaced by renaming."""
    (tmp_path / "hosts").write_text("a longer text than the new one")
    number = (tmp_path / "hosts").stat().st_ino

    def busy(self: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(Path, "rename", busy)
    write(item(tmp_path / "hosts", "ours"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("hosts", "ours")]
    assert (tmp_path / "hosts").stat().st_ino == number


def test_a_folder_where_a_file_should_be_is_refused(tmp_path: Path, item: Item) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(StateError, match="move it away"):
        write(item(tmp_path / "a", "x"))


def test_an_unknown_owner_is_refused_and_accepted_in_check_mode(tmp_path: Path, item: Item) -> None:
    with pytest.raises(StateError, match="no account nobody-here"):
        write(item(tmp_path / "a", "x", owner="nobody-here"))
    assert len(write(item(tmp_path / "a", "x", owner="nobody-here"), check=True).changes) == 1


def test_a_folder_keeps_only_what_it_may_hold(tmp_path: Path, item: Item) -> None:
    wanted = item(tmp_path / "keys", mode="0755", only=["root"])
    run = Run(False)
    directories(run, [wanted])
    (tmp_path / "keys" / "root").write_text("key")
    (tmp_path / "keys" / "stranger").write_text("key")
    (tmp_path / "keys" / "more").mkdir()
    run = Run(False)
    directories(run, [wanted])
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["root"]
    assert len(run.changes) == 2
    run = Run(False)
    directories(run, [wanted])
    assert run.changes == []


def test_what_must_not_exist_is_removed_once(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    run = Run(False)
    absent(run, [str(tmp_path / "dangling"), str(tmp_path / "never")])
    assert [change.what for change in run.changes] == [f"{tmp_path / 'dangling'} removed"]
    assert list(tmp_path.iterdir()) == []
