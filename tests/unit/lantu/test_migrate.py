"""`lantu migrate`: a blueprint with replaced keys becomes the blueprint that it was before, or stays as it is."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import inventory
from tests.unit.lantu.running import run

OLD = {
    "hosts.yaml": {"interfaces:": "legs:", "location:": "place:"},
    "zones.yaml": {"location:": "place:"},
    "sites/lab.yaml": {"compensating_controls:": "compensations:"},
}
Files = dict[str, bytes]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The example as it was before its keys were renamed."""
    folder = tmp_path / "old"
    shutil.copytree(inventory.EXAMPLE, folder)
    for name, keys in OLD.items():
        text = (folder / name).read_bytes().decode()
        for new, old in keys.items():
            text = text.replace(new, old)
        (folder / name).write_bytes(text.encode())
    return folder


def files_of(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_files_come_back_byte_for_byte(old: Path) -> None:
    (old / "hosts.yaml").chmod(0o640)
    ran = run("migrate", "--blueprint", str(old), "--lang", "en")
    assert ran.status == 0
    assert files_of(old) == files_of(inventory.EXAMPLE)
    assert (old / "hosts.yaml").stat().st_mode & 0o777 == 0o640
    lines = ran.out.splitlines()
    assert "sites/lab.yaml:12:1: compensations -> compensating_controls" in lines
    assert re.fullmatch(r"renamed \d+ keys in 3 files", lines[-1])
    assert run("check", "--blueprint", str(old)).status == 0


def test_a_second_run_changes_nothing(old: Path) -> None:
    run("migrate", "--blueprint", str(old))
    times = [path.stat().st_mtime_ns for path in old.rglob("*")]
    ran = run("migrate", "--blueprint", str(old), "--lang", "zh")
    assert (ran.status, ran.out) == (0, "没有需要更名的键\n")
    assert [path.stat().st_mtime_ns for path in old.rglob("*")] == times


def test_check_writes_nothing(old: Path) -> None:
    before = files_of(old)
    ran = run("migrate", "--blueprint", str(old), "--check", "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["problems"]) == (1, "would_change", [])
    first = {"file": "zones.yaml", "line": 9, "column": 5, "old": "place", "new": "location"}
    assert document["renamed"][0] == first
    assert files_of(old) == before
    assert run("migrate", "--blueprint", str(inventory.EXAMPLE), "--check").status == 0


def test_lantu_check_names_the_command(old: Path) -> None:
    ran = run("check", "--blueprint", str(old), "--lang", "en")
    assert ran.status == 4
    assert "BP081 key legs was renamed to interfaces" in ran.out
    assert "remedy: run `lantu migrate`" in ran.out
    assert "BP007" not in ran.out


@pytest.mark.parametrize(
    "broken", ["hosts: [", "hosts: []\nhosts: []\n", None, "hosts: [{legs: {}, interfaces: {}}]\n"]
)
def test_an_unreadable_file_leaves_all_as_they_are(old: Path, broken: str | None) -> None:
    if broken is None:
        (old / "hosts.yaml").unlink()
    else:
        (old / "hosts.yaml").write_text(broken)
    before = files_of(old)
    ran = run("migrate", "--blueprint", str(old), "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["renamed"]) == (4, "not_evaluated", [])
    assert {problem["file"] for problem in document["problems"]} == {"hosts.yaml"}
    assert files_of(old) == before


def test_no_blueprint(tmp_path: Path) -> None:
    ran = run("migrate", "--blueprint", str(tmp_path / "absent"), "--lang", "en")
    assert ran.status == 4
    assert "BP001 cannot be read: the file does not exist" in ran.out


@pytest.mark.parametrize("nth", range(3))
def test_if_a_file_cannot_be_replaced_none_is(old: Path, nth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, replaced, original = files_of(old), list[Path](), Path.replace

    def fails(self: Path, target: Path) -> Path:
        if len(replaced) == nth:
            raise OSError(28, "No space left on device", str(target))
        replaced.append(target)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    ran = run("migrate", "--blueprint", str(old), "--lang", "en")
    assert ran.status == 4
    assert "cannot be written (No space left on device); no file was changed" in ran.err
    assert files_of(old) == before


def test_a_link_stays_a_link(old: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    shutil.move(old / "zones.yaml", elsewhere)
    (old / "zones.yaml").symlink_to(elsewhere)
    assert run("migrate", "--blueprint", str(old)).status == 0
    assert (old / "zones.yaml").is_symlink()
    assert elsewhere.read_bytes() == (inventory.EXAMPLE / "zones.yaml").read_bytes()
