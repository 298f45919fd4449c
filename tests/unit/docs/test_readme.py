"""The README's examples of a segment, a host, a flow and a system have the effects that it describes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from lantu.main import SUBCOMMANDS

import inventory
from inventory.model.blueprint import Blueprint
from inventory.rendering.ruleset import ruleset
from inventory.texts.text import LANGS
from policies.gate.evaluation import evaluate_declared
from policies.gate.outputs.render import rendered
from tests.readme import README, SNIPPETS, added


def valid(directory: Path) -> Blueprint:
    loaded = inventory.load(directory)
    assert loaded.blueprint, [problem.line("en") for problem in loaded.problems]
    return loaded.blueprint


def test_the_readme_has_all_four() -> None:
    assert [file for file, _, _ in SNIPPETS] == ["zones", "hosts", "flows", "systems"]


def test_a_segment_a_host_and_a_flow_appear(tmp_path: Path) -> None:
    part = valid(added(tmp_path, "zones", "hosts", "flows")).deployed_subset
    assert "archive" in part.segment and "archive1" in part.host
    rules = ruleset(part, part.host["gw1"], date.today())
    assert 'iifname "archive" oifname "portal"' in rules
    assert not evaluate_declared(part).verdict


def test_without_the_flow_the_gateway_lets_nothing_through(tmp_path: Path) -> None:
    part = valid(added(tmp_path, "zones", "hosts")).deployed_subset
    assert 'iifname "archive"' not in ruleset(part, part.host["gw1"], date.today())


def test_the_host_without_its_segment_is_refused(tmp_path: Path) -> None:
    loaded = inventory.load(added(tmp_path, "hosts"))
    assert loaded.blueprint is None
    assert "archive" in loaded.problems[0].line("en")


def test_the_system_is_refused_and_the_existing_one_named(tmp_path: Path) -> None:
    findings = evaluate_declared(valid(added(tmp_path, "systems")))
    assert findings.verdict == 1
    for lang in LANGS:
        assert "网格中心运行科" in rendered(findings.as_json(), "text", lang)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"lantu (\w+)", README)) - {"lantu"}))
def test_every_subcommand_of_the_readme_exists(name: str) -> None:
    assert name in SUBCOMMANDS or name == "SUBCOMMAND"
