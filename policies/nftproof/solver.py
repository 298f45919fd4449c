"""Is there a packet in this box that none of these clauses forbids? Exact, with the packets found as a box.

A clause forbids the packets of its box, except those in one of its guards. The search keeps a domain (for each field
the classes still possible) and narrows it: a clause without guards whose box leaves the domain in one field only
excludes classes of that field; a clause whose box contains the domain is a contradiction. If no clause narrows it any
further, the search splits on the clause with the fewest ways out. Every split satisfies a clause, so the depth is
bounded by their number; most questions about rulesets end without a split, because rules overlap in few fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from policies.nftproof.clauses import Box, Clause, Domain, SolverGuard
from policies.nftproof.sampling import TRIES, Guesser

ENOUGH = 50_000_000
"""Clauses that may be evaluated, about five minutes."""


FEW = 8
"""With at most this many clauses, the search splits without guessing first."""


class UndecidedError(Exception):
    """The search exceeded its steps."""


class Solver:
    """Solves questions about one space; `full[field]` has a bit for each class of that field."""

    def __init__(self, full: Sequence[int]) -> None:
        self.full = full
        self.left = ENOUGH
        self._guesser = Guesser(full)

    def allow(self, clauses: int = ENOUGH) -> None:
        """Limit the number of clauses evaluated from now on, over all queries."""
        self.left = clauses

    def spend(self, clauses: int) -> None:
        """Raises UndecidedError if that exceeds the allowance."""
        self.left -= clauses
        if self.left < 0:
            raise UndecidedError

    def find(self, box: Domain, clauses: Sequence[Clause], used: set[int] | None = None) -> Domain | None:
        """Packets of the box that no clause forbids, as one domain; None if there are none.

        `used` collects the owners of the clauses that the search needed: where it ends with None, these suffice.
        """
        return next(self.parts(box, clauses, used), None)

    def parts(self, box: Domain, clauses: Sequence[Clause], used: set[int] | None = None) -> Iterator[Domain]:
        """Parts of the box; together they are all that the clauses allow.

        The first part may be contained in a later one.
        """
        used = set() if used is None else used
        waiting: list[tuple[Domain, Sequence[Clause]]] = [(dict(box), clauses)]
        guessing = True
        while waiting:
            domain, pending = waiting.pop()
            still = self._narrow(domain, pending, used)
            if still is None:
                continue
            if not still:
                yield domain
                continue
            if guessing and len(still) > FEW:
                guessing = False
                self.spend(len(still) * TRIES // 8)  # evaluating one packet costs less than a domain
                point = self._guesser.point(domain, still)
                if point is not None:
                    yield point
            chosen = min(still, key=partial(self._left, domain))
            if chosen.owner is not None:
                used.add(chosen.owner)
            waiting += [(part, [*still, *more]) for part, more in self._ways_out(domain, chosen)]

    def _left(self, domain: Domain, clause: Clause) -> float:
        """The share of the domain that a clause leaves: the smaller, the more a split on it narrows."""
        inside = self._share(domain, clause.box)
        return 1 - inside + inside * sum(self._share(domain, guard.box) for guard in clause.guards)

    def _share(self, domain: Domain, box: Box) -> float:
        share = 1.0
        for field, classes in box:
            now = domain.get(field, self.full[field])
            share *= (now & classes).bit_count() / now.bit_count()
        return share

    def _narrow(self, domain: Domain, clauses: Sequence[Clause], used: set[int]) -> Sequence[Clause] | None:
        """Apply every conclusion to `domain`; the clauses that are still open, or None for a contradiction."""
        changed = True
        while changed:
            self.spend(len(clauses) + 1)
            changed, still, more = False, [], list[Clause]()
            for clause in clauses:
                rest = self.rest(domain, clause)
                if rest is None:
                    continue
                if len(rest.box) + len(rest.guards) > 1:
                    still.append(rest)
                    continue
                changed = True
                if rest.owner is not None:
                    used.add(rest.owner)
                if not self._conclude(domain, rest, more):
                    return None
            clauses = still + more
        return clauses

    def _conclude(self, domain: Domain, clause: Clause, more: list[Clause]) -> bool:
        """Narrow the domain by a clause with one way out; False if it has none."""
        if clause.box:
            ((field, classes),) = clause.box
            domain[field] = domain.get(field, self.full[field]) & ~classes
            return True
        if not clause.guards:
            return False
        more += [Clause(hole, owner=clause.owner) for hole in clause.guards[0].holes]
        return meet(domain, clause.guards[0].box, self.full)

    def rest(self, domain: Domain, clause: Clause) -> Clause | None:
        """The clause as far as the domain leaves it open; None if it holds anyway."""
        box, full = [], self.full
        for field, classes in clause.box:
            now = domain.get(field, full[field])
            both = now & classes
            if not both:
                return None
            if both != now:
                box.append((field, classes))
        guards = self._open(domain, clause.guards) if clause.guards else []
        if guards is None:
            return None
        if len(box) == len(clause.box) and len(guards) == len(clause.guards):
            return clause
        return Clause(tuple(box), tuple(guards), clause.owner, clause.at)

    def _open(self, domain: Domain, guards: Sequence[SolverGuard]) -> list[SolverGuard] | None:
        """The guards that contain part of the domain; None if one contains all of it."""
        open_guards = []
        for guard in guards:
            place = self.place(domain, guard.box)
            if place >= 0 and guard.holes:
                guard, place = self._holes(domain, guard, place)
            if place > 0:
                return None
            if place == 0:
                open_guards.append(guard)
        return open_guards

    def _holes(self, domain: Domain, guard: SolverGuard, place: int) -> tuple[SolverGuard, int]:
        """The guard with the holes that are near, and its place: see `place`."""
        near = [(hole, where) for hole in guard.holes if (where := self.place(domain, hole)) >= 0]
        if any(where > 0 for _, where in near):
            return guard, -1
        return SolverGuard(guard.box, tuple(hole for hole, _ in near)), 0 if near else place

    def place(self, domain: Domain, box: Box) -> int:
        """1 if the box contains the whole domain, -1 if they are disjoint, else 0."""
        place = 1
        for field, classes in box:
            now = domain.get(field, self.full[field])
            both = now & classes
            if not both:
                return -1
            if both != now:
                place = 0
        return place

    def _ways_out(self, domain: Domain, clause: Clause) -> Iterator[tuple[Domain, list[Clause]]]:
        """Parts of the domain, together all that the clause allows, each with what it still forbids there.

        The last is looked at first.
        """
        inside = dict(domain)
        parts: list[tuple[Domain, list[Clause]]] = []
        for field, classes in clause.box:
            now = inside.get(field, self.full[field])
            parts.append(({**inside, field: now & ~classes}, []))
            inside[field] = now & classes
        for guard in clause.guards:
            part = dict(inside)
            if meet(part, guard.box, self.full):
                parts.append((part, [Clause(hole, owner=clause.owner) for hole in guard.holes]))
        yield from reversed(parts)


def meet(domain: Domain, box: Box, full: Sequence[int]) -> bool:
    """Narrow the domain to the box; False if nothing is left."""
    for field, classes in box:
        both = domain.get(field, full[field]) & classes
        if not both:
            return False
        domain[field] = both
    return True
