"""`lantu new`: an empty blueprint that is right, and never over something that is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import inventory
from tests.unit.lantu.running import run


def test_it_passes_check_and_gate(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "yunhe"
    assert run("new", "yunhe", "--into", str(folder), "--name-zh", "云河区", "--city-en", "Yuncheng").status == 0
    ran = run("check", "--estate", str(folder), "--format", "json")
    assert (ran.status, json.loads(ran.out)["verdict"]) == (0, "right")
    blueprint = inventory.load(folder).blueprint
    assert blueprint is not None
    assert blueprint.district.name_zh == "云河区"
    assert blueprint.district.name_en == "Yunhe District"
    assert blueprint.district.domain == "yunhe.example"
    assert blueprint.resources == blueprint.exchanges == ()
    assert [path.name for path in folder.parent.iterdir()] == ["yunhe"]


def test_every_file_tells_its_editor_the_schema(tmp_path: Path) -> None:
    folder = tmp_path / "yunhe"
    run("new", "yunhe", "--into", str(folder))
    for file in folder.rglob("*.yaml"):
        line = file.read_text("utf-8").splitlines()[0]
        mark, _, schema = line.partition("$schema=")
        assert mark == "# yaml-language-server: "
        assert (file.parent / schema).resolve().is_file(), line


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    name = 'a: "b" # {c} \\ $d & *e'
    assert run("new", "yunhe", "--into", str(tmp_path / "x"), "--name-zh", name).status == 0
    blueprint = inventory.load(tmp_path / "x").blueprint
    assert blueprint is not None
    assert blueprint.district.name_zh == name


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    for taken in (tmp_path, tmp_path / "kept"):
        ran = run("new", "yunhe", "--into", str(taken))
        assert (ran.status, ran.out) == (2, "")
        assert str(taken) in ran.err
    assert (tmp_path / "kept").read_text() == "mine"


@pytest.mark.parametrize(
    "words", [["Yunhe"], ["../yunhe"], ["yun_he"], ["yunhe", "--domain", "x:"], ["yunhe", "--name-zh", "a\nb"], []]
)
def test_what_would_be_wrong_is_not_written(words: list[str], tmp_path: Path) -> None:
    ran = run("new", *words, "--into", str(tmp_path / "x"))
    assert ran.status == 2
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("new", "yunhe", "--into", str(tmp_path / "file" / "x"))
    assert ran.status == 1
    assert str(tmp_path) in ran.err
