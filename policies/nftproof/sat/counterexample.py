"""The cross-check of a hook: does it pass exactly the expected packets, by the nested encoding and a SAT solver?"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from policies.nftproof.boxes import RawBox
from policies.nftproof.hooks import Hook
from policies.nftproof.listing import Ruleset
from policies.nftproof.sat.gates import SOLVER, Gates
from policies.nftproof.sat.nested import ACCEPT, Nested
from policies.nftproof.solver import UndecidedError
from policies.nftproof.statements import steps


def counterexample(ruleset: Ruleset, hook: Hook, allowed: Sequence[RawBox], seconds: float) -> str | None:
    """A packet that the hook passes although no box allows it, or stops although one does.

    Empty where there is none; None where it found no answer in time.
    """
    gates = Gates(SOLVER)
    gates.until = monotonic() + seconds
    nested = Nested(gates, ruleset.rules_of(), {rule.order: steps(ruleset, rule) for rule in ruleset.rules})
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
