"""All against all in a large register: for each entry the pairs that could be shown, computed in batches.

Candidates come from the index, their bits from the scorer; only pairs near the review line are evaluated in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.duplicates.allpairs import Scorer, scorer
from policies.duplicates.blocking import FirstPass
from policies.duplicates.candidates import Index
from policies.duplicates.compare import EntryProfile
from policies.duplicates.verdict import MARGIN
from policies.duplicates.weights import Weights

CELLS = 8_000_000
"""Scores of candidates that are in memory at the same time."""
MOST_BATCH, QUOTA, HINTS = 256, 100, 12
"""Entries per batch; candidates per entry and language that may become a review; candidates that can only be hints."""
Ints = NDArray[Any]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of one entry near the review line, highest bits first."""

    number: int
    reviews: tuple[tuple[float, int], ...]
    """Upper bound of the bits, and the other entry, of pairs that may become a review."""
    hints: tuple[tuple[float, int], ...]
    certain: frozenset[int]
    """Entries that may be blocked: both have a field other than the name."""


def sweep(profiles: Sequence[EntryProfile], index: Index, look: FirstPass, weights: Weights) -> Iterator[Near]:
    """Every entry in order, each against the earlier ones, so that every pair occurs once, at its later entry."""
    marks = scorer(look, weights)
    step = max(1, min(MOST_BATCH, CELLS // max(1, index.size)))
    where: dict[int, Bools] = {}
    for begin in range(0, index.size, step):
        owners = np.arange(begin, min(begin + step, index.size))
        can = np.stack([_open(index, profiles, int(i), where) for i in owners])
        near = index.nearest(owners, can, QUOTA, HINTS)
        yield from _batch(owners, near, can, marks, profiles, look, weights)


def _open(index: Index, profiles: Sequence[EntryProfile], number: int, where: dict[int, Bools]) -> Bools:
    """Index.open for an entry of the register, computed once per area."""
    if index.gone[number]:
        return np.zeros(index.size, bool)
    place = int(index.area[number])
    if place not in where:
        if len(where) > 64:
            where.clear()
        where[place] = index.open(profiles[number].entry)
    return where[place]


def _batch(
    owners: Ints,
    near: list[Ints],
    can: Bools,
    marks: Scorer,
    profiles: Sequence[EntryProfile],
    look: FirstPass,
    weights: Weights,
) -> Iterator[Near]:
    a, b = np.repeat(owners, [len(others_near) for others_near in near]), np.concatenate(near)
    bits = marks.bits(a, b)
    keep = bits >= weights.low - 2 * MARGIN
    a, b, bits = a[keep], b[keep], bits[keep]
    fields = marks.more_fields(a, b)
    coded = fields | ((look.codes[a, 0] >= 0) & (look.codes[b, 0] >= 0))
    ends = np.searchsorted(a, owners, "right")
    begin = 0
    for row, (number, end) in enumerate(zip(owners.tolist(), ends.tolist(), strict=True)):
        others, most, more = b[begin:end], bits[begin:end], fields[begin:end]
        pairs = list(zip(most[~more].tolist(), others[~more].tolist(), strict=True))
        if more.any():
            pairs += look.shortlist(profiles[number], others[more].tolist(), weights)
        pairs.sort(reverse=True)
        certain = frozenset(others[coded[begin:end]].tolist())
        yield Near(
            number,
            tuple(pair for pair in pairs if can[row, pair[1]]),
            tuple(pair for pair in pairs if not can[row, pair[1]]),
            certain,
        )
        begin = end
