"""The cross-check of rule states: the nested encoding, asked about one rule after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.nftproof.hooks import Hook
from policies.nftproof.listing import Ruleset
from policies.nftproof.sat.bits import BitWord
from policies.nftproof.sat.gates import FALSE, SOLVER, Gates
from policies.nftproof.sat.nested import Nested
from policies.nftproof.statements import Step


class RuleQuestions:
    """Questions about the rules of one hook. Raises UndecidedError at the time `until`."""

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
        """Whether a packet reaches the rule and matches it."""
        return self._gates.solve(self._hits.get(order, FALSE))

    def differs(self, order: int) -> bool:
        """Whether a packet that matches the rule has another verdict without it."""
        return order in self._hits and self._gates.solve(self._out[order], self._hits[order], self._differ)
