"""Firewalls in hard shapes: the SAT solver decides like the boxes, and the cross-check finds wrong results."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from policies.nftproof.lint import hard
from policies.nftproof.lint.analyse import RulesetReport, analyse
from policies.nftproof.lint.crosscheck import crosscheck
from policies.nftproof.lint.report import as_json
from policies.nftproof.lint.rule_status import RuleEvaluator, RuleStatus, StatusReport
from policies.nftproof.listing import read
from tests.nftproof.firewalls import KINDS, firewall
from tests.nftproof.oracle import objections

SEED = int(os.environ.get("LANTU_SEED", "0"))
TIMES = int(os.environ.get("LANTU_PACKETS", "2000")) // 1000


def by_sat(monkeypatch: pytest.MonkeyPatch, text: str) -> RulesetReport:
    """Every rule decided by the SAT solver, as if it were too hard for boxes."""
    with monkeypatch.context() as patch:
        patch.setattr(RuleEvaluator, "status", lambda evaluator, rule: evaluator._decided_otherwise(rule))
        return analyse(read(text))


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_to_a_state_and_the_second_answer_agree(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.nftproof.oracle.MOST", 300)
    for seed in range(SEED, SEED + TIMES):
        text = firewall(kind, 10 + seed % 10, seed, ("drop", "accept")[seed % 2])
        plain, sat = analyse(read(text)), by_sat(monkeypatch, text)
        assert sat.unknown == [] and all(
            standing.hard for standing in sat.statuses.values() if standing.state > RuleStatus.NEVER
        )
        assert {o: s.state for o, s in plain.statuses.items()} == {o: s.state for o, s in sat.statuses.items()}, seed
        for report in (plain, sat):
            assert objections(report, seed) == [], seed
            checked = crosscheck(report, 60)
            assert (checked.differences, checked.alone) == ([], 0), seed


@pytest.mark.parametrize("wrong", [RuleStatus.NEVER, RuleStatus.SHADOWED, RuleStatus.REDUNDANT])
def test_a_wrong_state_is_objected_to(wrong: RuleStatus) -> None:
    """The positive control: any wrong status of a needed rule is found."""
    report = analyse(read(firewall("marks", 40)))
    order = next(order for order, status in report.statuses.items() if status.witness)
    report.statuses[order] = StatusReport(wrong)
    (difference,) = crosscheck(report, 60).differences
    assert f"is {wrong.name.lower()}, yet" in difference


def test_a_packet_that_shows_nothing_is_objected_to() -> None:
    report = analyse(read(firewall("marks", 40)))
    order = next(order for order, status in report.statuses.items() if status.witness)
    report.statuses[order] = replace(report.statuses[order], witness={})
    (difference,) = crosscheck(report, 60).differences
    assert "with and without it" in difference


def test_what_there_was_no_time_for_is_counted_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unchecked and undecided rules are always reported."""
    report = analyse(read(firewall("marks", 40)))
    single = [standing for standing in report.statuses.values() if standing.witness is None]
    assert crosscheck(report, 0).alone == len(single) > 0
    monkeypatch.setattr(hard, "PATIENCE", -1.0)
    assert as_json(analyse(read(firewall("marks", 40))))["unknown"]
