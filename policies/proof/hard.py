"""What the boxes could not decide in their steps, one rule at a time, by the second solver.

Chains that set marks and are called from many places have more ways through them than can be walked one by one; z3
does not walk. Its variables are the packet's fields, so that what it finds is a packet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import process_time

from policies.proof.hooks import Hook
from policies.proof.reading import Ruleset
from policies.proof.smt import WIDTH, Run, Writer, absent_or, left_out
from policies.proof.solver import UndecidedError
from policies.proof.statements import Choice, Step, Verdict, settles
from policies.proof.witness import Packet

EACH, ALL = 15.0, 60.0  # seconds by the clock for one, of CPU for all


class Hard:
    """Questions about the rules of one hook. Raises UndecidedError where one takes more than EACH, all `patience`."""

    def __init__(
        self, ruleset: Ruleset, steps: Mapping[int, Sequence[Step]], hook: Hook, patience: float = ALL
    ) -> None:
        import z3

        self._z3, self._context = z3, z3.Context()
        self._writer = Writer(ruleset.rules_of(), steps)
        self._steps = steps
        orders = [rule.order for rule in ruleset.rules]
        self._writer.lines += [f"(declare-const without (_ BitVec {WIDTH}))"]
        self._writer.lines += [f"(declare-const |keep {order}| Bool)" for order in orders]
        self._whole, self._less = Run(), Run(kept={order: left_out(order) for order in orders})
        self._thin = Run(kept={order: f"|keep {order}|" for order in orders if settles(steps[order])})
        for run in (self._whole, self._less, self._thin):
            self._writer.hook(ruleset, hook, run)
        self._name("nothing", "false")
        self._name("differs", self._writer.differ(self._whole, self._less))
        for word, run in (("hit", self._whole), ("less", self._less), ("thin", self._thin)):
            for order, hits in run.hits.items():
                self._name(f"{word} {order}", self._writer.any_of(hits))
        self._writer.lines += self._writer.facts()
        self._solver = z3.SimpleSolver(self._context)
        self._until = process_time() + patience
        self._solver.from_string("\n".join(self._writer.lines))

    def _name(self, name: str, formula: str) -> None:
        self._writer.lines += [f"(declare-const |{name}| Bool)", f"(assert (= |{name}| {formula}))"]

    def comes(self, order: int) -> Packet | None:
        """A packet that comes to the rule and matches it."""
        return self._found(self._is("hit", order))

    def differs(self, order: int) -> Packet | None:
        """A packet whose verdict is another without the rule."""
        return self._found(self._without(order), self._z3.Bool("differs", self._context))

    def blockers(self, order: int) -> set[int]:
        """Rules that together leave this one nothing; none of them can be spared."""
        kept = set(self._thin.kept) - {order}
        self._check([self._is("thin", order), *(self._keep(one) for one in kept)])
        kept &= {int(str(one).split()[1].strip("|")) for one in self._solver.unsat_core() if "keep" in str(one)}
        for one in sorted(kept, reverse=True):
            if not self._check([self._is("thin", order), *(self._keep(other) for other in kept - {one})]):
                kept.discard(one)
        return kept

    def takers(self, order: int) -> set[int]:
        """Rules that give a verdict to packets of this one, and do so only where it is gone."""
        found, asked = set(), [self._without(order), self._is("hit", order)]
        for other in self._whole.hits.keys() - {order}:
            if any(isinstance(step, Verdict | Choice) for step in self._steps[other]):
                instead = [self._is("less", other), self._z3.Not(self._is("hit", other))]
                found |= {other} if self._check([*asked, *instead]) else set()
        return found

    def _is(self, word: str, order: int) -> object:
        return self._z3.Bool(f"{word} {order}" if order in self._whole.hits else "nothing", self._context)

    def _keep(self, order: int) -> object:
        return self._z3.Bool(f"keep {order}", self._context)

    def _without(self, order: int) -> object:
        return self._z3.BitVec("without", WIDTH, self._context) == order

    def _check(self, asked: Iterable[object]) -> bool:
        left = min(EACH, self._until - process_time())
        if left <= 0:
            raise UndecidedError
        self._solver.set("timeout", int(left * 1000) + 1)
        answer = self._solver.check(*asked)
        if answer == self._z3.unknown:
            raise UndecidedError
        return bool(answer == self._z3.sat)

    def _found(self, *asked: object) -> Packet | None:
        if not self._check(asked):
            return None
        model, packet = self._solver.model(), {}
        for one in model.decls():
            known = self._writer.known.get(one.name())
            if known is not None:
                packet[one.name()] = absent_or(known, model[one].as_long())
        return packet
