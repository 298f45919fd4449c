"""The picture in the docs shows the current blueprint, and its proof is that of the current rules."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from lantu.commands.picture import FILE
from lantu.zones_picture import Stamp, svg

import inventory
from inventory.model.blueprint import Blueprint
from inventory.rendering.ruleset import rulesets
from policies.verification.network_proof.cache import rules_digest
from tests.unit.lantu.running import run

RENEW = "renew: lantu picture --proven"


def stamp() -> Stamp:
    """Date and rules digest of the proof, from the committed picture."""
    text = FILE.read_text("utf-8")
    seal = r"of the rules: ([0-9a-f]{64})</title>.*已证明 proven (\d{4}-\d\d-\d\d) · ([0-9a-f]{16})<"
    match = re.search(seal, text)
    assert match, RENEW
    assert match[1].startswith(match[3])
    return Stamp(match[2], match[1])


def built(day: date) -> Blueprint:
    blueprint = inventory.load(None, "lab", day).blueprint
    assert blueprint is not None
    return blueprint.deployed_subset


def test_the_picture_is_that_of_the_blueprint_and_its_proven_rules() -> None:
    """Evaluated on the date of the proof, so that the date alone does not make the picture stale."""
    committed = stamp()
    day = date.fromisoformat(committed.day)
    part = built(day)
    assert committed.rules == rules_digest(rulesets(part, day)), f"rules changed since the proof; {RENEW}"
    assert FILE.read_text("utf-8") == svg(part, day, committed), RENEW


def test_other_rules_make_it_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    from inventory.rendering import ruleset

    monkeypatch.setattr(ruleset, "DROPPED", "drop")
    committed = stamp()
    day = date.fromisoformat(committed.day)
    assert committed.rules != rules_digest(rulesets(built(day), day))


def test_no_proof_no_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inventory.rendering import ruleset

    monkeypatch.setenv("LANTU_CACHE", str(tmp_path))
    monkeypatch.setattr(ruleset, "ANSWERS", ("ct state related accept", *ruleset.ANSWERS))
    into = tmp_path / "zones.svg"
    ran = run("picture", "--proven", "--into", str(into), "--lang", "en")
    assert ran.status == 1 and "not proven" in ran.err
    assert not into.exists()


def test_the_stamp_is_the_proof_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTU_CACHE", str(tmp_path))
    into = tmp_path / "zones.svg"
    assert run("picture", "--proven", "--into", str(into)).status == 0
    assert f"proven {date.today().isoformat()}" in into.read_text("utf-8")
