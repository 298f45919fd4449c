"""Which packets come to a position of a hook, and what becomes of them from there, as questions to the solver.

A packet comes to position k exactly if, for every entry e before k that would carry it beyond k, it either does not
match e or matches an entry before e that carries it over e and not beyond k. (Spans are nested or apart: were such an
entry itself skipped, it would be by one whose span holds its own and so e, too.) That is one clause for each e, with
the entries that skip it as guards, and no walking through chains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from policies.proof.solver import Clause, Domain, Solver, meet
from policies.proof.space import Space, Step, equal

SPLIT = 8
"""With more ways than this past one entry, each is asked alone: far fewer rules are near to a smaller box."""


class Reach:
    """Questions about one hook. `gone` is always a set of [first, last) positions that are taken out."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.solver = Solver(space.full)

    def find(
        self, domain: Domain, position: int, extra: Sequence[Clause] = (), gone: Sequence[tuple[int, int]] = ()
    ) -> Domain | None:
        """Packets of the domain that come to the position, and that `extra` does not forbid; None where there are none."""
        return self._find(domain, self.clauses(domain, position, gone), position, extra, gone)

    def _find(
        self,
        domain: Domain,
        clauses: Sequence[Clause],
        position: int,
        extra: Sequence[Clause],
        gone: Sequence[tuple[int, int]],
    ) -> Domain | None:
        for clause in clauses:
            if len(clause.guards) > SPLIT and (rest := self.solver.rest(domain, clause)) and not rest.box:
                for guard in rest.guards:
                    part = dict(domain)
                    if meet(part, guard, self.space.full):
                        found = self.find(part, position, extra, gone)
                        if found is not None:
                            return found
                return None
        return self.solver.find(domain, [*clauses, *extra])

    def clauses(self, domain: Domain, position: int, gone: Sequence[tuple[int, int]] = ()) -> list[Clause]:
        """What has to hold of a packet of the domain for it to come to the position."""
        found = self.blockers(domain, position, gone)
        return found + self.about(domain, found, position, gone)

    def blockers(self, domain: Domain, position: int, gone: Sequence[tuple[int, int]] = ()) -> list[Clause]:
        """The entries that would carry a packet of the domain beyond the position, each as a clause."""
        near = self._near(domain, 0, position, gone)
        skips = [step for step in near if step.at + 1 < step.target <= position]
        return [
            Clause(step.box, tuple(skip.box for skip in skips if skip.at < step.at < skip.target), step.owner)
            for step in near
            if step.target > position
        ]

    def _near(self, domain: Domain, first: int, last: int, gone: Sequence[tuple[int, int]]) -> list[Step]:
        """Entries that do something and may match, less those taken out."""
        steps = self.space.steps
        found = [steps[at] for at in self.space.shelf.near(domain, first, last).tolist()]
        return [
            step
            for step in found
            if (step.target != step.at + 1 or step.changes) and not any(a <= step.at < b for a, b in gone)
        ]

    def about(
        self, domain: Domain, clauses: Sequence[Clause], position: int, gone: Sequence[tuple[int, int]] = ()
    ) -> list[Clause]:
        """What is true of every packet, and of changed fields, as far as the question is about it."""
        asked = set(domain) | {name for clause in clauses for name in _names(clause)}
        found: list[Clause] = []
        waiting: list[tuple[frozenset[int], Callable[[], Sequence[Clause]]]] = [
            *((about, partial(list, more)) for about, more in self.space.axioms),
            *self._changes(position, gone),
        ]
        while ready := [one for one in waiting if one[0] <= asked]:
            waiting = [one for one in waiting if not one[0] <= asked]
            for _, clauses_of in ready:
                more = clauses_of()
                found += more
                asked |= {name for clause in more for name in _names(clause)}
        return found

    def _changes(
        self, position: int, gone: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[frozenset[int], Callable[[], Sequence[Clause]]]]:
        for step in self.space.changing:
            if step.at < position:
                for change in step.changes:
                    yield frozenset([change[1]]), partial(self._change, step, change, position, gone)

    def _change(
        self, step: Step, change: tuple[int, int, int | None], position: int, gone: Sequence[tuple[int, int]]
    ) -> list[Clause]:
        """The new value is the given one where the entry was executed, else the old one."""
        old, new, value = change
        full = self.space.full
        if any(first <= step.at < last for first, last in gone):
            return list(equal(self.space, (), old, new))
        near = self._near(dict(step.box), 0, step.at, gone)
        skips = tuple(one.box for one in near if step.at < one.target <= position)
        found = [clause for skip in skips for clause in equal(self.space, skip, old, new)]
        found += equal(self.space, (), old, new, (step.box,))
        if value is not None and full[new] & ~value:
            found.append(Clause((*step.box, (new, full[new] & ~value)), skips))
        return [clause._replace(owner=step.owner) for clause in found]


def _names(clause: Clause) -> set[int]:
    return {name for name, _ in clause.box} | {name for guard in clause.guards for name, _ in guard}

