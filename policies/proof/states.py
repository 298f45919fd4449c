"""Each rule of a hook: can it match, does a packet come to it, does it change a verdict, and who covers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from policies.proof.hooks import Hook
from policies.proof.reach import Reach
from policies.proof.removal import Removal
from policies.proof.solver import Clause, Domain
from policies.proof.space import Space, Step
from policies.proof.statements import Change, Choice, Unread, Verdict
from policies.proof.statements import Step as Statement


class State(IntEnum):
    """A rule in several hooks has the highest of its states."""

    NEVER = 0
    SHADOWED = 1
    REDUNDANT = 2
    LIVE = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule's state in one hook; `covers` are the rules that leave it nothing or do its work, by their `order`.

    `witness`: packets that show that it is live (their verdict needs this rule), where a verdict is what it gives.
    """

    state: State
    covers: frozenset[int] = frozenset()
    witness: Domain | None = None
    hook: Hook | None = None  # where the witness is seen


class Judge:
    """Judges the rules of one hook, one by one."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.reach = Reach(space)

    def standing(self, rule: int, statements: Sequence[Statement]) -> Standing:
        """The state of the rule with this `order`. A rule that gives no verdict is live where a packet comes to it."""
        entries = [self.space.steps[at] for at in self.space.of_rule.get(rule, ())]
        possible = [step for step in entries if self._possible(step)]
        if not possible:
            return Standing(State.NEVER)
        if for_effect(statements):
            reached = any(self.reach.find(dict(step.box), step.at) is not None for step in possible)
            return Standing(State.LIVE) if reached else self._shadowed(possible)
        removal, coming = Removal(self.reach, rule), []
        for step in possible:
            if not removal.comes(step):
                continue
            coming.append(step)
            witness = removal.differs(step)
            if witness is not None:
                return Standing(State.LIVE, witness=witness, hook=self.space.program.hook)
        if not coming:
            return self._shadowed(possible)
        if any(self._has_effect(step) for step in coming):
            return Standing(State.LIVE)
        return Standing(State.REDUNDANT, frozenset().union(*(removal.takers(step) for step in coming)) - {rule})

    def _possible(self, step: Step) -> bool:
        """Whether there are such packets at all, whoever else decides about them."""
        about = self.reach.about(dict(step.box), (), 0)
        return not about or self.reach.solver.find(dict(step.box), about) is not None

    def _has_effect(self, step: Step) -> bool:
        """Whether what a jump calls logs, counts or changes something for a packet."""
        inner = (self.space.steps[at] for at in range(step.at + 1, step.called))
        return any(
            one.owner is not None
            and (one.changes or (one.target == one.at + 1 and not one.called))
            and self.reach.find(dict(one.box), one.at) is not None
            for one in inner
        )

    def _shadowed(self, entries: Iterable[Step]) -> Standing:
        covers: set[int] = set()
        for step in entries:
            covers |= self._covers(step)
        return Standing(State.SHADOWED, frozenset(covers))

    def _covers(self, step: Step) -> set[int]:
        """Earlier rules that together leave this entry nothing; none of them can be spared."""
        domain = dict(step.box)
        blockers = self.reach.blockers(domain, step.at)
        clauses = [*blockers, *self.reach.about(domain, blockers, step.at)]
        whole = (one.owner for one in clauses if not one.guards and self.reach.solver.place(domain, one.box) > 0)
        first = next((owner for owner in whole if owner is not None), None)
        if first is not None:
            return {first}
        kept = self._suffice(domain, clauses, None) or set()
        for owner in sorted(kept, reverse=True):
            fewer = self._suffice(domain, clauses, kept - {owner}) if owner in kept else None
            kept = kept if fewer is None else fewer
        return kept

    def _suffice(self, domain: Domain, clauses: Sequence[Clause], owners: set[int] | None) -> set[int] | None:
        """Those of the owners (None: all) whose clauses leave nothing of the domain; None where something is left."""
        used: set[int] = set()
        asked = [one for one in clauses if one.owner is None or owners is None or one.owner in owners]
        return used if self.reach.solver.find(domain, asked, used) is None else None


def for_effect(statements: Sequence[Statement]) -> bool:
    """Whether a rule is there for what it does beside verdicts: it gives none, or changes the packet, or is unread."""
    decides = any(isinstance(one, Verdict | Choice) for one in statements)
    return not decides or any(isinstance(one, Change | Unread) for one in statements)
