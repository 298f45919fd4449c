"""Each rule of a hook: can it match, does a packet reach it, does it change a verdict, and which rules cover it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from policies.nftproof.clauses import Clause, Domain
from policies.nftproof.hooks import Hook
from policies.nftproof.lint.removal import Removal
from policies.nftproof.reach import Reach
from policies.nftproof.solver import UndecidedError
from policies.nftproof.space import HookStep, Space
from policies.nftproof.statements import Choice, Effect, FieldChange, RuleVerdict, Unread, settles
from policies.nftproof.statements import Step as Statement
from policies.nftproof.witness import Packet, packet_of

if TYPE_CHECKING:
    from policies.nftproof.lint.hard import Hard

STEPS = 100_000
"""Clauses that one rule's questions may evaluate, about half a second; fewer after other rules were too hard."""
FEW = 12
"""If more rules than this cover a rule together, they are not reduced to the necessary ones."""


class RuleStatus(IntEnum):
    """A rule in several hooks has the highest of its states."""

    NEVER = 0
    SHADOWED = 1
    REDUNDANT = 2
    LIVE = 3


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A rule's status in one hook; `covers`: the `order` of the rules that shadow it or give the same verdicts.

    `witness`: a packet that shows that the rule is live (its verdict needs the rule), if the rule gives a verdict.
    """

    state: RuleStatus
    covers: frozenset[int] = frozenset()
    witness: Packet | None = None
    hook: Hook | None = None  # of the witness
    hard: bool = False  # decided by the SAT solver, because boxes exceeded their steps


class RuleEvaluator:
    """Determines the status of the rules of one hook, one by one."""

    def __init__(self, space: Space, statements: Mapping[int, Sequence[Statement]]) -> None:
        self.space = space
        self.reach = Reach(space)
        self.statements = statements
        self.lasting = {order for order, found in statements.items() if lasts(found)}
        self.settling = {order for order, found in statements.items() if settles(found)}
        self.misses = 0
        self._hard: Hard | None = None

    def status(self, rule: int) -> StatusReport:
        """The status of the rule with this `order`. Raises UndecidedError if both solvers give up."""
        if self.space.changing:
            return self._decided_otherwise(rule)
        size = len(self.space.steps)
        self.reach.solver.allow(max(STEPS + 20 * size >> self.misses, STEPS // 50 + size))
        try:
            return self._status(rule)
        except UndecidedError:
            self.misses += 1
            return self._decided_otherwise(rule)

    def _status(self, rule: int) -> StatusReport:
        possible = self._entries(rule)
        if not possible:
            return StatusReport(RuleStatus.NEVER)
        if rule in self.lasting or not decides(self.statements[rule]):
            if not any(self.reach.find(dict(step.box), step.at) is not None for step in possible):
                return self._shadowed(possible)
            return StatusReport(RuleStatus.LIVE if rule in self.lasting else RuleStatus.REDUNDANT)
        removal, coming = Removal(self.reach, rule), []
        for step in possible:
            if not removal.comes(step):
                continue
            coming.append(step)
            witness = removal.differs(step)
            if witness is not None:
                return self._live(packet_of(self.space, witness))
        if not coming:
            return self._shadowed(possible)
        if any(self._has_effect(step) for step in coming):
            return StatusReport(RuleStatus.LIVE)
        takers = frozenset[int]().union(*(removal.takers(step) for step in coming)) - {rule}
        return StatusReport(RuleStatus.REDUNDANT, self._needed(rule, coming, takers))

    def _needed(self, rule: int, coming: Sequence[HookStep], takers: frozenset[int]) -> frozenset[int]:
        """Those of the covering rules that suffice: a single one if there is such a rule, else few."""
        if len(takers) < 2:
            return takers
        alone = takers if len(takers) <= FEW else [taker for taker in takers if self._holds(taker, coming[0])]
        for item in sorted(alone, reverse=True):
            if self._suffices(rule, coming, frozenset([item])):
                return frozenset([item])
        if len(takers) > FEW:
            return takers
        kept = takers
        for item in sorted(takers):
            if self._suffices(rule, coming, kept - {item}):
                kept -= {item}
        return kept

    def _holds(self, rule: int, step: HookStep) -> bool:
        """Whether the rule matches everything that the step matches."""
        boxes = (self.space.steps[at].box for at in self.space.of_rule[rule])
        return any(self.reach.solver.place(dict(step.box), box) > 0 for box in boxes)

    def _suffices(self, rule: int, coming: Sequence[HookStep], kept: frozenset[int]) -> bool:
        """Whether the rule's packets keep their verdicts without it and without all later rules but these.

        Rules that call chains or change packets stay: what they lead to is the others' work.
        """
        first = coming[0].at
        later = {step.owner for step in self.space.steps[first:] if step.owner in self.settling}
        earlier = {step.owner for step in self.space.steps[:first]}
        removal = Removal(self.reach, rule, (item for item in later - earlier - kept if item is not None))
        return all(removal.differs(step) is None for step in coming)

    def _live(self, witness: Packet) -> StatusReport:
        return StatusReport(RuleStatus.LIVE, witness=witness, hook=self.space.program.hook)

    def _decided_otherwise(self, rule: int) -> StatusReport:
        from policies.nftproof.lint.hard import Hard

        self.reach.solver.allow(10 * STEPS)
        entries = [self.space.steps[at] for at in self.space.of_rule.get(rule, ())]
        if not any(self._possible(step) for step in entries):
            return StatusReport(RuleStatus.NEVER)
        if self._hard is None:
            self._hard = Hard(self.space, self.statements)
        return replace(self._by(self._hard, rule, entries), hard=True)

    def _by(self, hard: Hard, rule: int, entries: Sequence[HookStep]) -> StatusReport:
        plain = rule not in self.lasting and decides(self.statements[rule])
        witness = hard.differs(rule) if plain else None
        if witness is not None:
            return self._live(witness)
        if not hard.comes(rule):
            return StatusReport(RuleStatus.SHADOWED, frozenset(hard.blockers(rule)))
        inner = {self.space.steps[at].owner for own in entries for at in range(own.at, own.called or own.at + 1)}
        if any(order in self.lasting and hard.comes(order) for order in inner if order is not None):
            return StatusReport(RuleStatus.LIVE)
        return StatusReport(RuleStatus.REDUNDANT, frozenset(hard.takers(rule)) if plain else frozenset())

    def _entries(self, rule: int) -> list[HookStep]:
        """The rule's entries that can match a packet."""
        entries = (self.space.steps[at] for at in self.space.of_rule.get(rule, ()))
        return [step for step in entries if self._possible(step)]

    def _possible(self, step: HookStep) -> bool:
        """Whether such packets exist, regardless of other rules."""
        about = self.reach.about(dict(step.box), (), 0)
        return not about or self.reach.solver.find(dict(step.box), about) is not None

    def _has_effect(self, step: HookStep) -> bool:
        """Whether a called chain has a lasting effect for a packet, beside verdicts."""
        inner = (self.space.steps[at] for at in range(step.at + 1, step.called))
        return any(
            item.owner in self.lasting and self.reach.find(dict(item.box), item.at) is not None for item in inner
        )

    def _shadowed(self, entries: Iterable[HookStep]) -> StatusReport:
        covers: set[int] = set()
        for step in entries:
            covers |= self._covers(step)
        return StatusReport(RuleStatus.SHADOWED, frozenset(covers))

    def _covers(self, step: HookStep) -> set[int]:
        """Earlier rules that together shadow this entry; none of them is superfluous."""
        domain = dict(step.box)
        blockers = self.reach.blockers(domain, step.at)
        clauses = [*blockers, *self.reach.about(domain, blockers, step.at)]
        whole = (
            clause.owner for clause in clauses if not clause.guards and self.reach.solver.place(domain, clause.box) > 0
        )
        first = next((owner for owner in whole if owner is not None), None)
        if first is not None:
            return {first}
        kept = self._suffice(domain, clauses, None) or set()
        for owner in sorted(kept, reverse=True):
            fewer = self._suffice(domain, clauses, kept - {owner}) if owner in kept else None
            kept = kept if fewer is None else fewer
        return kept

    def _suffice(self, domain: Domain, clauses: Sequence[Clause], owners: set[int] | None) -> set[int] | None:
        """Those of the owners (None: all) whose clauses leave nothing of the domain; None if something is left."""
        used: set[int] = set()
        kept = [clause for clause in clauses if clause.owner is None or owners is None or clause.owner in owners]
        return used if self.reach.solver.find(domain, kept, used) is None else None


def decides(statements: Sequence[Statement]) -> bool:
    """Whether a rule gives a verdict. A rule that only counts or logs changes none, and is therefore redundant."""
    return any(isinstance(statement, RuleVerdict | Choice) for statement in statements)


def lasts(statements: Sequence[Statement]) -> bool:
    """Whether a rule has an effect that may decide about a packet elsewhere, so that it is never redundant."""
    return any(
        isinstance(statement, FieldChange | Unread) or (isinstance(statement, Effect) and statement.lasting)
        for statement in statements
    )
