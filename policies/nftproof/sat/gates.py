"""Formulas as clauses for a SAT solver. A formula is an integer: a variable, or, if negative, its negation."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic, process_time

from policies.nftproof.solver import UndecidedError

SOLVER = "cadical153"
TRUE, FALSE = 1, -1
EACH = 100_000
"""Conflicts of one question at most, about ten seconds; after every SLICE of them, the time is checked."""
SLICE = 2_000


class Gates:
    """Clauses and questions. Equal formulas share one variable, so that two executions share their common part."""

    def __init__(self, solver: str, patience: float = float("inf")) -> None:
        from pysat.solvers import Solver

        self._solver = Solver(name=solver)
        self._known: dict[tuple[int, ...], int] = {}
        self._last = TRUE
        self.patience = patience  # limit of this process's CPU time
        self.until = float("inf")  # limit of the monotonic clock
        self.add(TRUE)

    def new(self) -> int:
        self._last += 1
        return self._last

    def add(self, *either: int) -> None:
        """Add a clause: one of these is true for every packet."""
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
        """`left` if `which`, else `right`."""
        return self.any_of([self.all_of([which, left]), self.all_of([-which, right])])

    def solve(self, *assumptions: int) -> bool:
        """Whether all of these can be true at once. Raises UndecidedError if that takes too long."""
        for _ in range(EACH // SLICE):
            self._in_time()
            self._solver.conf_budget(SLICE)
            satisfiable = self._solver.solve_limited(assumptions=list(assumptions))
            if satisfiable is not None:
                return bool(satisfiable)
        raise UndecidedError

    def never(self, literal: int) -> bool:
        """Whether unit propagation refutes the literal. Raises as `solve`."""
        self._in_time()
        return literal == FALSE or not self._solver.propagate(assumptions=[literal])[0]

    def _in_time(self) -> None:
        if monotonic() > self.until or process_time() > self.patience:
            raise UndecidedError

    def core(self) -> set[int]:
        """Those assumptions of the last question that cannot all be true."""
        return set(self._solver.get_core() or ())

    def truths(self) -> set[int]:
        """The variables that are true in the last question's model."""
        return {item for item in self._solver.get_model() or () if item > 0}
