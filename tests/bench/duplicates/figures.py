"""Measures (ROC area, precision, recall, F1) and their data sets, independent of the method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from policies.duplicates.entry import Entry
from policies.duplicates.fit import name_pairs, near_pairs
from policies.duplicates.normalise import han_share

HELD_OUT = Path(__file__).resolve().parents[2] / "duplicates"
Pair = tuple[Entry, Entry, int]


def area(scores: Sequence[float], same: Sequence[int]) -> float:
    """Area under the ROC curve: how often a duplicate scores above another pair; ties count half."""
    values, inverse, counts = np.unique(np.asarray(scores, float), return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    truth = np.asarray(same, bool)
    twins, others = int(truth.sum()), int((~truth).sum())
    return (
        float((rank[truth].sum() - twins * (twins + 1) / 2) / (twins * others))
        if twins and others and len(values)
        else float("nan")
    )


def precision_recall(flagged: Iterable[bool], same: Iterable[int]) -> tuple[float, float, float]:
    pairs = list(zip(flagged, same, strict=True))
    right = sum(f and bool(s) for f, s in pairs)
    claimed, twins = sum(f for f, _ in pairs), sum(bool(s) for _, s in pairs)
    precision, recall = right / claimed if claimed else 0.0, right / twins if twins else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def best_f1(scores: Sequence[float], same: Sequence[int]) -> float:
    """F1 at the best threshold: the upper bound for a peer without its own threshold."""
    return max(precision_recall([s >= line for s in scores], same)[2] for line in sorted(set(scores)))


def languages(a: Entry, b: Entry) -> str:
    return "-".join(sorted("zh" if e.name_zh else "en" for e in (a, b)))


def named(name: str, id_: str) -> Entry:
    """An entry with only a name, an agency and an area."""
    chinese = han_share(name) > 0.3
    return Entry(
        id=id_,
        name_zh=name if chinese else "",
        name_en="" if chinese else name,
        agency="政务服务数据管理局" if chinese else "Data Bureau",
        jurisdiction="蓬江区" if chinese else "Pengjiang District",
    )


def name_sets() -> Iterator[tuple[str, list[Pair]]]:
    """Sets of names that were not seen during tuning; see tests/duplicates/README.md."""
    names = HELD_OUT / "names"
    for title, pairs in (
        ("families of names", name_pairs(names / "held_out.txt")),
        ("near misses", near_pairs(names / "near_held_out.tsv")),
        ("fine near misses", near_pairs(names / "fine_held_out.tsv")),
        ("fresh names, second set", near_pairs(names / "fresh_two.tsv")),
        ("fresh names, third set", near_pairs(names / "fresh_three.tsv")),
    ):
        yield title, [(named(a, "a"), named(b, "b"), same) for a, b, same in pairs]
