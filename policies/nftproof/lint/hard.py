"""Rules that boxes could not decide within their steps, decided by a SAT solver over the same flattened program.

Chains that set marks and are called from many places have more ways through them than can be walked one by one; clauses
say all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import process_time

from policies.nftproof.boxes import RawBox
from policies.nftproof.clauses import Domain
from policies.nftproof.lint.flat import ACCEPT, Flat, FlatRun, one_of
from policies.nftproof.sat.gates import FALSE, SOLVER, Gates
from policies.nftproof.solver import UndecidedError
from policies.nftproof.space import Space
from policies.nftproof.statements import Step, calls, settles
from policies.nftproof.witness import Packet, packet_of

PATIENCE = 60.0
"""Seconds of CPU for all rules of one hook; after that, hard rules stay undecided."""


class Hard:
    """Questions about the rules of one hook. Raises UndecidedError if one takes too long, or all together."""

    def __init__(self, space: Space, statements: Mapping[int, Sequence[Step]]) -> None:
        self._space = space
        self._until = process_time() + PATIENCE
        self._gates = Gates(SOLVER, self._until)
        self._whole = Flat(self._gates, space.program).run()
        self._settling = {order for order in self._whole.hits if settles(statements[order])}
        self._stopping = {order for order in self._whole.hits if not calls(statements[order])}
        self._less: _Lean | None = None
        self._thin: _Thin | None = None
        self._lean: _Lean | None = None

    def comes(self, order: int) -> bool:
        """Whether a packet reaches the rule and matches it."""
        return self._gates.solve(self._whole.hits.get(order, FALSE))

    def differs(self, order: int) -> Packet | None:
        """A packet whose verdict differs without the rule."""
        if order not in self._whole.hits:
            return None
        if self._less is None:
            self._less = _Lean(self._space, (), self._until)
        if not self._less.gates.solve(*self._less.without(order)):
            return None
        return packet_of(self._space, self._space.domain(self._less.flat.packet()))

    def blockers(self, order: int) -> set[int]:
        """Rules that together shadow this one; none of them is superfluous."""
        if self._thin is None:
            self._thin = _Thin(self._space, self._stopping, self._until)
        question = [
            self._thin.run.hits.get(order, FALSE),
            *(self._thin.kept[item] for item in {order} & self._stopping),
        ]
        return self._thin.needed(question, self._stopping - {order}, from_last=True)

    def takers(self, order: int) -> set[int]:
        """Later rules that replace this one if it is removed: those that packets reach only then."""
        if self._lean is None:
            self._lean = _Lean(self._space, self._settling, self._until)
        entries = self._space.program.entries
        begun = next(at for at, entry in enumerate(entries) if entry.owner == order)
        earlier = {entry.owner for entry in entries[: begun + 1] if entry.owner is not None}
        always = [self._lean.kept[item] for item in earlier & self._settling]
        return self._lean.needed([*self._lean.without(order), *always], self._settling - earlier, from_last=False)


class _Thin:
    """The program without some of its rules: each is present if its literal in `kept` is true."""

    def __init__(self, space: Space, some: Iterable[int], until: float) -> None:
        self.gates = Gates(SOLVER, until)
        self.flat = Flat(self.gates, space.program)
        self.kept = {order: self.gates.new() for order in some}
        self.run = self._run()

    def _run(self) -> FlatRun:
        return self.flat.run(self.kept)

    def needed(self, question: Sequence[int], some: Iterable[int], from_last: bool) -> set[int]:
        """Those of the rules that make the question unsatisfiable; none is superfluous, if dropped in this order."""
        order_of = {self.kept[order]: order for order in some}
        if self.gates.solve(*question, *order_of):
            raise UndecidedError  # contradicts the previous result
        needed = {order_of[item] for item in self.gates.core() & order_of.keys()}
        for order in sorted(needed, reverse=from_last):
            if order in needed and not self.gates.solve(*question, *(self.kept[other] for other in needed - {order})):
                needed &= {order_of[other] for other in self.gates.core() & order_of.keys()}
        return needed


class _Lean(_Thin):
    """The same beside the whole program, with one more rule taken out."""

    def _run(self) -> FlatRun:
        self._whole = self.flat.run()
        self._out = one_of(self.gates, self._whole.hits)
        run = self.flat.less(self._whole, self._out, self.kept)
        self._differ = self.flat.differ(self._whole, run)
        return run

    def without(self, order: int) -> list[int]:
        """The rule is out, and a packet that matches it has another verdict."""
        return [self._out[order], self._whole.hits[order], self._differ]


def undecided(space: Space, box: RawBox, deciding: Iterable[int]) -> Domain | None:
    """Packets of the box that pass the whole hook and match none of these entries; None if there are none."""
    gates = Gates(SOLVER, process_time() + PATIENCE)
    flat = Flat(gates, space.program)
    run = flat.run()
    if not gates.solve(run.finals[ACCEPT], flat.orders.box(box), *(-run.fits[number] for number in deciding)):
        return None
    return space.domain(flat.packet())
