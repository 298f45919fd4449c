"""Formulas as clauses for a SAT solver. A formula is a whole number: a variable, or, negative, its opposite."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic, process_time

from policies.nftproof.solver import UndecidedError

SOLVER = "cadical153"
TRUE, FALSE = 1, -1
EACH = 100_000
"""Conflicts that one question may meet, about ten seconds; what is asked between them is whether time is up."""
SLICE = 2_000


class Gates:
    """Clauses and questions. Equal formulas are one variable, so that what two executions share is shared."""

    def __init__(self, solver: str, patience: float = float("inf")) -> None:
        from pysat.solvers import Solver

        self._solver = Solver(name=solver)
        self._known: dict[tuple[int, ...], int] = {}
        self._last = TRUE
        self.patience = patience  # what this process's CPU time may come to
        self.until = float("inf")  # by the clock
        self.add(TRUE)

    def new(self) -> int:
        self._last += 1
        return self._last

    def add(self, *either: int) -> None:
        """One of these is true of every packet."""
        self._solver.add_clause(either)

    def all_of(self, parts: Iterable[int]) -> int:
        literals = set(parts)
        literals.discard(TRUE)
        if FALSE in literals or any(-item in literals for item in literals):
            return FALSE
        if len(literals) < 2:
            return literals.pop() if literals else TRUE
        key = tuple(sorted(literals))
        variable = self._known.get(key)
        if variable is None:
            variable = self._known[key] = self.new()
            self.add(variable, *(-item for item in key))
            for literal in key:
                self.add(-variable, literal)
        return variable

    def any_of(self, parts: Iterable[int]) -> int:
        return -self.all_of(-part for part in parts)

    def choice(self, which: int, left: int, right: int) -> int:
        """`one` where `which`, else `other`."""
        return self.any_of([self.all_of([which, left]), self.all_of([-which, right])])

    def solve(self, *assumptions: int) -> bool:
        """Whether all of these can be true at once. Raises UndecidedError where that takes too long."""
        for _ in range(EACH // SLICE):
            self._in_time()
            self._solver.conf_budget(SLICE)
            satisfiable = self._solver.solve_limited(assumptions=list(assumptions))
            if satisfiable is not None:
                return bool(satisfiable)
        raise UndecidedError

    def never(self, literal: int) -> bool:
        """Whether it clearly cannot be: what follows from it at once is a contradiction. Raises as `solve`."""
        self._in_time()
        return literal == FALSE or not self._solver.propagate(assumptions=[literal])[0]

    def _in_time(self) -> None:
        if monotonic() > self.until or process_time() > self.patience:
            raise UndecidedError

    def core(self) -> set[int]:
        """Of what the last question asked: what cannot all be true."""
        return set(self._solver.get_core() or ())

    def truths(self) -> set[int]:
        """The variables that are true in the last question's answer."""
        return {item for item in self._solver.get_model() or () if item > 0}
