"""Which packets reach a position of a hook, and what happens to them from there, as questions to the solver.

A packet reaches position k exactly if, for every entry e before k that would carry it beyond k, it either does not
match e or is carried over e by an earlier entry j, and not beyond k. That is one clause for each e with such j as its
guards, and no walking through chains. To match j is enough for being carried by it, or by another over e: an entry d
that carries the packet over j carries it over e, too, since spans of `return` are nested or apart. Only the span of an
`accept` can begin within that of a `return` and end after it; such a return is a hole in that guard.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial

from policies.nftproof.clauses import Box, Clause, Domain, SolverGuard
from policies.nftproof.solver import Solver, meet
from policies.nftproof.space import HookStep, Space, equal

SPLIT = 8
"""With more guards than this at one entry, each is examined alone: far fewer rules are near a smaller box."""


class Reach:
    """Questions about one hook. `gone` is always a set of positions whose entries are taken out."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.solver = Solver(space.full)

    def find(
        self, domain: Domain, position: int, extra: Sequence[Clause] = (), gone: Container[int] = ()
    ) -> Domain | None:
        """Packets of the domain that reach the position and that `extra` does not forbid; None if there are none."""
        stopping = self.stopping(domain, position, gone)
        about = self.about(domain, stopping, position, gone)
        parts = self.solver.parts(domain, [*stopping, *extra, *about])
        past = frozenset(clause.at for clause in stopping)
        return next((domain_ for part in parts for domain_ in self.carried(part, position, past, gone)), None)

    def stopping(self, domain: Domain, position: int, gone: Container[int] = ()) -> list[Clause]:
        """The entries over which nothing carries a packet: a packet that reaches the position matches none of them."""
        return [clause for clause in self.blockers(domain, position, gone) if not clause.guards]

    def carried(
        self,
        domain: Domain,
        position: int,
        past: frozenset[int],
        gone: Container[int] = (),
        extra: Sequence[Clause] = (),
    ) -> Iterator[Domain]:
        """Parts of the domain whose packets no entry stops, because they do not match it or are carried over it.

        `past`: entries that stop none of the domain's packets. The smaller the domain, the fewer others are near to it.
        """
        others = [blocker for blocker in self.blockers(domain, position, gone) if blocker.at not in past]
        left = [rest for other in others if (rest := self.solver.rest(domain, other)) is not None]
        for clause in left:
            if not clause.box and len(clause.guards) > SPLIT:
                for guard in clause.guards:
                    part = dict(domain)
                    if meet(part, guard.box, self.space.full):
                        holes = (*extra, *(Clause(hole) for hole in guard.holes))
                        yield from self.carried(part, position, past | {clause.at}, gone, holes)
                return
        left += extra
        yield from self.solver.parts(domain, [*left, *self.about(domain, left, position, gone)])

    def blockers(self, domain: Domain, position: int, gone: Container[int] = ()) -> list[Clause]:
        """The entries that would carry a packet of the domain beyond the position, each as a clause."""
        near = self._near(domain, 0, position, gone)
        skips = _skips(near, position)
        return [Clause(step.box, _over(step, skips), step.blamed, step.at) for step in near if step.target > position]

    def _near(self, domain: Domain, first: int, last: int, gone: Container[int]) -> list[HookStep]:
        """Entries that have an effect and may match, without those taken out."""
        steps = self.space.steps
        steps_ = [steps[at] for at in self.space.shelf.near(domain, first, last).tolist()]
        return [step for step in steps_ if (step.target != step.at + 1 or step.changes) and step.at not in gone]

    def about(
        self, domain: Domain, clauses: Sequence[Clause], position: int, gone: Container[int] = ()
    ) -> list[Clause]:
        """Facts about packets and changed fields, as far as the question concerns them."""
        if not self.space.axioms and not self.space.changing:
            return []
        fields = set(domain) | {name for clause in clauses for name in _names(clause)}
        clauses_: list[Clause] = []
        waiting: list[tuple[frozenset[int], Callable[[], Sequence[Clause]]]] = [
            *((about, partial(list, more)) for about, more in self.space.axioms),
            *self._changes(position, gone),
        ]
        while ready := [item for item in waiting if item[0] <= fields]:
            waiting = [item for item in waiting if not item[0] <= fields]
            for _, clauses_of in ready:
                more = clauses_of()
                self.solver.spend(len(more))
                clauses_ += more
                fields |= {name for clause in more for name in _names(clause)}
        return clauses_

    def _changes(
        self, position: int, gone: Container[int]
    ) -> Iterator[tuple[frozenset[int], Callable[[], Sequence[Clause]]]]:
        for step in self.space.changing:
            if step.at < position:
                for change in step.changes:
                    yield frozenset([change[1]]), partial(self._change, step, change, position, gone)

    def _change(
        self, step: HookStep, change: tuple[int, int, int | None], position: int, gone: Container[int]
    ) -> list[Clause]:
        """The new value is the given one if the entry was executed, else the old one."""
        old, new, value = change
        full = self.space.full
        if step.at in gone:
            return list(equal(self.space, (), old, new))
        near = self._near(dict(step.box), 0, step.at, gone)
        guards = _over(step, _skips(near, position))
        clauses = [
            clause for guard in guards for clause in equal(self.space, guard.box, old, new, _either(guard.holes))
        ]
        clauses += equal(self.space, (), old, new, (SolverGuard(step.box),))
        if value is not None and full[new] & ~value:
            clauses.append(Clause((*step.box, (new, full[new] & ~value)), guards))
        return [clause._replace(owner=step.owner) for clause in clauses]


def _skips(near: Sequence[HookStep], position: int) -> list[tuple[int, int, SolverGuard]]:
    """Entries that carry a packet over others and not beyond the position: (at, target, their packets)."""
    skips = [step for step in near if step.at + 1 < step.target <= position]
    alike = len({step.target for step in skips}) < 2
    return [
        (skip.at, skip.target, SolverGuard(skip.box, () if alike else tuple(_crossing(skip, skips)))) for skip in skips
    ]


def _crossing(skip: HookStep, skips: Sequence[HookStep]) -> Iterator[Box]:
    """Earlier entries that carry a packet over this one, but not as far: this one does not carry their packets."""
    for item in skips:
        if item.at < skip.at < item.target < skip.target:
            yield item.box


def _over(step: HookStep, skips: Sequence[tuple[int, int, SolverGuard]]) -> tuple[SolverGuard, ...]:
    """The packets that earlier entries carry over this one."""
    return tuple(guard for at, target, guard in skips if at < step.at < target) if skips else ()


def _either(boxes: Sequence[Box]) -> tuple[SolverGuard, ...]:
    return tuple(SolverGuard(box) for box in boxes)


def _names(clause: Clause) -> set[int]:
    fields = {name for name, _ in clause.box}
    for guard in clause.guards:
        fields |= {name for box in (guard.box, *guard.holes) for name, _ in box}
    return fields
