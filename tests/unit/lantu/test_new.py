"""`lantu new`: an empty blueprint that is right, and never over something that is there."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import inventory
from inventory.rendering.ruleset import ruleset
from tests.unit.lantu.running import run


def test_it_passes_check_and_gate(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "yunhe"
    assert run("new", "yunhe", "--into", str(folder), "--name-zh", "云河区", "--city-en", "Yuncheng").status == 0
    ran = run("check", "--blueprint", str(folder), "--format", "json")
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


def test_a_location_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("new", "yunhe", "--into", str(tmp_path / "file" / "x"))
    assert ran.status == 1
    assert str(tmp_path) in ran.err


AGENCY = "  - {id: water, name_zh: 区水利局, name_en: Water Bureau, kind: bureau, domain: slj, source: composed}\n"
DESK = """  - id: water-desk
    name_zh: 水利工作站
    name_en: Water desk
    kind: client
    agency: water
    location: extranet
    interfaces: {p-water: 10, mgmt: 20}

"""
FLOW = """  - id: water-portal
    from: segment:p-water
    to: host:portal1
    service: tcp/443
    purpose_zh: 水利局查看门户
    purpose_en: The water bureau reads the portal
    owner: water
    approval: 文1号
    not_before: 2026-01-01
    expires: never
"""


def test_what_its_comments_say_can_be_followed(tmp_path: Path) -> None:
    """An agency, its segment as the comment shows it, an interface of the gateway, a desk, a flow: each appears."""
    folder = tmp_path / "yunhe"
    run("new", "yunhe", "--into", str(folder))
    zones, hosts = folder / "zones.yaml", folder / "hosts.yaml"
    commented = zones.read_text("utf-8")
    assert "  # - id: p-water\n" in commented
    head, _, example = commented.partition("  # - id: p-water\n")
    zones.write_text(head + "  - id: p-water\n" + example.replace("  #   ", "    "), "utf-8")
    (folder / "agencies.yaml").open("a", encoding="utf-8").write(AGENCY)
    (folder / "flows.yaml").open("a", encoding="utf-8").write(FLOW)
    text = hosts.read_text("utf-8").replace("shared: 2,", "shared: 2, p-water: 2,")
    hosts.write_text(text.replace("  # the intranet", DESK + "  # the intranet", 1), "utf-8")
    site = folder / "sites" / "lab.yaml"
    site.write_text(site.read_text("utf-8").replace("agencies: []", "agencies: [water]"), "utf-8")
    assert run("check", "--blueprint", str(folder)).status == 0
    built = inventory.load(folder).blueprint
    assert built is not None
    gateway = ruleset(built.deployed_subset, built.deployed_subset.host["gw1"], date(2026, 6, 1))
    assert 'iifname "p-water" oifname "portal"' in gateway
    assert {"p-water"} <= set(built.deployed_subset.segment)
    assert "water-desk" in built.deployed_subset.host


def test_without_its_segment_the_same_edit_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "yunhe"
    run("new", "yunhe", "--into", str(folder))
    (folder / "flows.yaml").open("a", encoding="utf-8").write(FLOW)
    ran = run("check", "--blueprint", str(folder), "--format", "json")
    told = {(load["code"], load["en"]["found"]) for load in json.loads(ran.out)["problems"]}
    assert (ran.status, told) == (4, {("BP014", "p-water"), ("BP014", "water")})
