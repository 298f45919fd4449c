"""The second answer: rule by rule about one ruleset, or whether a hook passes exactly what it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from policies.nftproof.boxes import RawBox
from policies.nftproof.hooks import Hook
from policies.nftproof.listing import Ruleset
from policies.nftproof.sat.bits import BitWord
from policies.nftproof.sat.gates import FALSE, Gates
from policies.nftproof.sat.nested import ACCEPT, Nested
from policies.nftproof.solver import UndecidedError
from policies.nftproof.statements import Step
from policies.nftproof.statements import steps as read_steps

SOLVER = "cadical153"


class Second:
    """Questions about the rules of one hook. Raises UndecidedError when the clock says `until`."""

    def __init__(self, ruleset: Ruleset, steps: Mapping[int, Sequence[Step]], hook: Hook, until: float) -> None:
        self._gates = Gates(SOLVER)
        self._gates.until = until
        self._nested = Nested(self._gates, ruleset.rules_of(), steps)
        whole = self._nested.run(ruleset, hook)
        self._hits = {order: self._gates.any_of(found) for order, found in whole.hits.items()}
        width = max(self._hits, default=0).bit_length()
        without = BitWord(tuple(self._gates.new() for _ in range(width)))
        self._out = {order: self._nested.bits.fits(without, order, (1 << width) - 1) for order in self._hits}
        less = self._nested.run(ruleset, hook, whole, self._out)
        self._differ = self._nested.differ(whole, less)
        self._nested.hold_facts()

    def comes(self, order: int) -> bool:
        """Whether a packet comes to the rule and matches it."""
        return self._gates.solve(self._hits.get(order, FALSE))

    def differs(self, order: int) -> bool:
        """Whether a packet that matches the rule has another verdict without it."""
        return order in self._hits and self._gates.solve(self._out[order], self._hits[order], self._differ)


def objection(ruleset: Ruleset, hook: Hook, allowed: Sequence[RawBox], seconds: float) -> str | None:
    """A packet that the hook passes although no box allows it, or stops although one does.

    Empty where there is none; None where it found no answer in time.
    """
    gates = Gates(SOLVER)
    gates.until = monotonic() + seconds
    nested = Nested(gates, ruleset.rules_of(), {rule.order: read_steps(ruleset, rule) for rule in ruleset.rules})
    try:
        passes = gates.any_of(nested.run(ruleset, hook).finals[ACCEPT])
        within = gates.any_of(nested.entering(box) for box in allowed)
        nested.hold_facts()
        for wrong in ((passes, -within), (within, -passes)):
            if gates.solve(*wrong, nested.shown(hook)):
                truths = gates.truths()
                return ", ".join(f"{name} {word.value(truths)}" for name, word in sorted(nested.packet.items()))
    except UndecidedError:
        return None
    return ""
