"""Figures on held-out names and registrations. See README.md; the bench prints all of them."""

from __future__ import annotations

import pytest

from policies.duplicates.compare import profile
from policies.duplicates.fit import labelled
from policies.duplicates.verdict import BLOCK, REVIEW, evaluate_pair
from tests.bench.duplicates.figures import HELD_OUT, area, best_f1, name_sets, precision_recall

SETS = dict(name_sets())


@pytest.mark.parametrize("title", SETS)
def test_names_alone_tell_same_from_different(title: str) -> None:
    pairs = SETS[title]
    assert len(pairs) >= 70
    assert area([evaluate_pair(profile(a), profile(b)).bits for a, b, _ in pairs], [same for *_, same in pairs]) >= 0.80


def test_with_all_fields_most_twins_are_flagged_and_little_else() -> None:
    folder = HELD_OUT / "registrations"
    pairs = list(labelled(folder / "held_out.csv", folder / "held_out_labels.csv"))
    same = [s for *_, s in pairs]
    verdicts = [evaluate_pair(a, b).verdict for a, b, _ in pairs]
    assert precision_recall([v in (BLOCK, REVIEW) for v in verdicts], same)[2] >= 0.92
    assert precision_recall([v == BLOCK for v in verdicts], same)[0] == 1.0


def test_the_measures_know_good_from_bad() -> None:
    assert area([3, 2, 1, 0], [1, 1, 0, 0]) == 1.0
    assert area([0, 1, 2, 3], [1, 1, 0, 0]) == 0.0
    assert area([1, 1, 2, 0], [1, 0, 1, 0]) == pytest.approx(0.875)
    assert precision_recall([True, True, False], [1, 0, 1]) == (0.5, 0.5, 0.5)
    assert best_f1([0.9, 0.1], [1, 0]) == 1.0
