"""The check as the gate uses it: which system of a snapshot is blocked, and by which earlier one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import inventory
from policies.duplicates import reading
from policies.duplicates.entry import Entry
from policies.gate import register_check

from .conftest import ROOT

SAME = {"functions": ("案件采集", "任务派遣", "处置核查", "考核评价"), "capability": "B01.03"}


def entry(id_: str, name: str, **fields: object) -> dict[str, object]:
    return {"id": id_, "name_zh": name, **SAME, **fields}


def test_the_one_that_is_further_on_was_there_first() -> None:
    planned, running = entry("p", "智慧城管平台", state="planned"), entry("r", "数字城管信息系统", state="running")
    for systems in ([planned, running], [running, planned]):
        (j,) = register_check.blocks(systems)["p"]
        assert (j.a.entry.id, j.b.entry.id) == ("p", "r")
    assert register_check.blocks([entry("1", "智慧城管平台"), entry("2", "数字城管信息系统")]).keys() == {"2"}


def test_a_retired_system_neither_blocks_nor_is_blocked() -> None:
    assert register_check.blocks([entry("p", "智慧城管平台"), entry("r", "数字城管信息系统", state="retired")]) == {}


def test_nodes_and_models_are_taken_as_they_are() -> None:
    @dataclass
    class Node:
        id: str
        name_zh: str
        functions: tuple[str, ...] = SAME["functions"]
        capability: str = "B01.03"
        state: str = "planned"
        image: str = "not a field of the register"

    assert register_check.blocks([Node("a", "智慧城管平台"), Node("b", "数字城管信息系统")]).keys() == {"b"}


def test_what_cannot_be_compared_is_an_error_and_never_a_pass() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        register_check.blocks([{"id": "x"}, entry("a", "智慧城管平台")])


def test_the_example_district_passes_and_its_twin_does_not() -> None:
    blueprint = inventory.load().blueprint
    assert blueprint is not None
    assert register_check.blocks(blueprint.systems) == {}
    (twin,) = reading.read(ROOT / "tests/duplicates/example/twin.yaml").entries
    blocked = register_check.blocks([*blueprint.systems, twin])
    assert {id_: [j.b.entry.id for j in verdicts] for id_, verdicts in blocked.items()} == {twin.id: ["grid"]}
    assert isinstance(register_check.entry_of(blueprint.systems[0]), Entry)
