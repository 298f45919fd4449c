"""A packet that no clause forbids, found by trying: if most of a box is allowed, this is much faster than a search.

One class of every field is drawn; while a clause forbids that packet, it is moved out of one such clause. If this
finds nothing, the search decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from policies.nftproof.clauses import Box, Clause, Domain

TRIES = 32
"""Packets that are tried; takes about as long as a few splits."""


class _Point(dict[int, int]):
    """One class for each field, drawn from the domain on first use."""

    def __init__(self, draw: Callable[[int], int]) -> None:
        super().__init__()
        self._draw = draw

    def __missing__(self, field: int) -> int:
        self[field] = self._draw(field)
        return self[field]


class Guesser:
    """Draws from the same numbers in every run. `full[field]` has a bit for each class of that field."""

    def __init__(self, full: Sequence[int]) -> None:
        self._full = full
        self._random = Random(0)  # noqa: S311 - not for secrets

    def point(self, domain: Domain, clauses: Sequence[Clause]) -> Domain | None:
        """Packets of the domain that no clause forbids: one class for every field that a clause tests."""
        point = _Point(lambda field: self._one(self._now(domain, field)))
        for _ in range(TRIES):
            forbidding = [clause for clause in clauses if _forbids(clause, point)]
            if not forbidding:
                return {**domain, **point}
            self._lead_out(domain, point, self._random.choice(forbidding))
        return None

    def _lead_out(self, domain: Domain, point: _Point, clause: Clause) -> None:
        """Moves the packet out of the clause's box in one field, or into one of its guards."""
        now = partial(self._now, domain)
        ways: list[Box] = [((field, now(field) & ~classes),) for field, classes in clause.box]
        ways += [tuple((field, now(field) & classes) for field, classes in guard.box) for guard in clause.guards]
        open_ways = [way for way in ways if all(classes for _, classes in way)]
        if open_ways:
            for field, classes in self._random.choice(open_ways):
                point[field] = self._one(classes)

    def _now(self, domain: Domain, field: int) -> int:
        return domain.get(field, self._full[field])

    def _one(self, classes: int) -> int:
        """One of the classes: the first from some place on."""
        start = self._random.randrange(classes.bit_length())
        above = classes >> start
        return (above & -above) << start


def _forbids(clause: Clause, point: _Point) -> bool:
    if not _holds(clause.box, point):
        return False
    return not any(
        _holds(guard.box, point) and not any(_holds(hole, point) for hole in guard.holes) for guard in clause.guards
    )


def _holds(box: Box, point: _Point) -> bool:
    return all(point[field] & classes for field, classes in box)
