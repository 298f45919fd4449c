"""What the solver works on: boxes of packets, and clauses that forbid them."""

from __future__ import annotations

from typing import NamedTuple

Box = tuple[tuple[int, int], ...]
"""((field, classes), ...): fields that are not named may have any class."""
Domain = dict[int, int]
"""The same, for a packet or a set of them."""


class SolverGuard(NamedTuple):
    """Packets of `box` that lie in none of `holes`."""

    box: Box
    holes: tuple[Box, ...] = ()


class Clause(NamedTuple):
    """No packet of `box`, unless one of `guards` has it. `owner`: whose rule forbids it; `at`: which entry."""

    box: Box
    guards: tuple[SolverGuard, ...] = ()
    owner: int | None = None
    at: int = -1
