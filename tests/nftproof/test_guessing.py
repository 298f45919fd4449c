"""Packets found by guessing: they are allowed, and if there is none, the guess fails."""

from __future__ import annotations

from random import Random

import pytest

from policies.nftproof.clauses import Clause, Domain, SolverGuard
from policies.nftproof.sampling import Guesser
from policies.nftproof.solver import Solver

FULL = [0xFFFF] * 4


def clauses(seed: int, share: int = 1) -> list[Clause]:
    """Boxes in two of four fields, most with a guard; each of `share` in four classes."""
    random = Random(seed)  # noqa: S311 - not for secrets

    def some() -> int:
        return sum(1 << bit for bit in range(16) if random.randrange(4) < share) or 1

    found = []
    for _ in range(60):
        one, other, third = random.sample(range(4), 3)
        guards = (SolverGuard(((third, some()),)),) if random.random() < 0.8 else ()
        found.append(Clause(((one, some()), (other, some())), guards))
    return found


@pytest.mark.parametrize("share", [1, 2, 3])
@pytest.mark.parametrize("seed", range(10))
def test_what_is_guessed_is_allowed(seed: int, share: int) -> None:
    asked = clauses(seed, share)
    point = Guesser(FULL).point({}, asked)
    known = Solver(FULL).find({}, asked)
    assert (known is not None) or point is None
    for found in filter(None, (point, known)):
        assert all(Solver(FULL).rest(found, clause) is None for clause in asked)


def test_most_are_guessed_and_nothing_is_where_nothing_is() -> None:
    assert sum(Guesser(FULL).point({}, clauses(seed)) is not None for seed in range(20)) > 10
    everything: Domain = {0: 1}
    assert Guesser(FULL).point(everything, [Clause(((0, 1),))]) is None
