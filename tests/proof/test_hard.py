"""Firewalls in hard shapes: the SAT solver decides what the boxes do, and the second answer sees what is wrong."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from policies.proof.answer import as_json
from policies.proof.crosscheck import crosscheck
from policies.proof.judge import Answer, judge
from policies.proof.reading import read
from policies.proof.sat import hard
from policies.proof.states import Judge, Standing, State
from tests.proof.firewalls import KINDS, firewall
from tests.proof.oracle import objections

SEED = int(os.environ.get("LANTU_SEED", "0"))
TIMES = int(os.environ.get("LANTU_PACKETS", "2000")) // 1000


def by_sat(monkeypatch: pytest.MonkeyPatch, text: str) -> Answer:
    """Every rule decided by the SAT solver, as if it were too hard for boxes."""
    with monkeypatch.context() as patch:
        patch.setattr(Judge, "standing", lambda judge, rule: judge._decided_otherwise(rule))
        return judge(read(text))


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_to_a_state_and_the_second_answer_agree(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.proof.oracle.MOST", 300)
    for seed in range(SEED, SEED + TIMES):
        text = firewall(kind, 10 + seed % 10, seed, ("drop", "accept")[seed % 2])
        plain, sat = judge(read(text)), by_sat(monkeypatch, text)
        assert sat.unknown == [] and all(one.hard for one in sat.standings.values() if one.state > State.NEVER)
        assert {o: s.state for o, s in plain.standings.items()} == {o: s.state for o, s in sat.standings.items()}, seed
        for answer in (plain, sat):
            assert objections(answer, seed) == [], seed
            checked = crosscheck(answer, 60)
            assert (checked.differences, checked.alone) == ([], 0), seed


@pytest.mark.parametrize("wrong", [State.NEVER, State.SHADOWED, State.REDUNDANT])
def test_a_wrong_state_is_objected_to(wrong: State) -> None:
    """The positive control: whatever is said of a rule that is needed is found to be wrong."""
    answer = judge(read(firewall("marks", 40)))
    order = next(order for order, one in answer.standings.items() if one.witness)
    answer.standings[order] = Standing(wrong)
    (told,) = crosscheck(answer, 60).differences
    assert f"is {wrong.name.lower()}, yet" in told


def test_a_packet_that_shows_nothing_is_objected_to() -> None:
    answer = judge(read(firewall("marks", 40)))
    order = next(order for order, one in answer.standings.items() if one.witness)
    answer.standings[order] = replace(answer.standings[order], witness={})
    (told,) = crosscheck(answer, 60).differences
    assert "with and without it" in told


def test_what_there_was_no_time_for_is_counted_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never in silence: one answer where there should be two, and none at all."""
    answer = judge(read(firewall("marks", 40)))
    single = [one for one in answer.standings.values() if one.witness is None]
    assert crosscheck(answer, 0).alone == len(single) > 0
    monkeypatch.setattr(hard, "PATIENCE", -1.0)
    assert as_json(judge(read(firewall("marks", 40))))["unknown"]
