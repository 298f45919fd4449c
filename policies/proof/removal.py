"""What would change without one rule: the first packet whose verdict differs, or the rules that do its work.

Both rulesets are run on the same packets. Until they come to the rule they are in step; from there the one that lags
behind is moved on, entry by entry, until they meet again (nothing changed) or both are over (verdicts are compared).
Only then the solver is asked whether there is such a packet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from policies.proof.reach import Reach
from policies.proof.solver import Box, Clause, Domain, meet
from policies.proof.space import Step

ACCEPT = "accept"


class Run(NamedTuple):
    """One ruleset's way: where it is, and its verdict once it is over.

    `known` says of fields that it came to change what they are now: (field, field that has its value) or, where the
    second is -1, (field, -1, its class).
    """

    at: int
    verdict: str = ""
    known: tuple[tuple[int, int, int], ...] = ()


class _Question(NamedTuple):
    """Packets of a domain that no clause forbids and that come to an entry of the rule."""

    step: Step
    domain: Domain
    clauses: tuple[Clause, ...]


class Removal:
    """Takes one rule out of a hook, all its entries at once; and `others` with it, where asked."""

    def __init__(self, reach: Reach, rule: int, others: Iterable[int] = ()) -> None:
        self.reach, self.space = reach, reach.space
        self.end = self.space.end
        self.own = [self.space.steps[at] for at in self.space.of_rule.get(rule, ())]
        out = [*self.own, *(self.space.steps[at] for other in others for at in self.space.of_rule.get(other, ()))]
        self.gone = frozenset(at for step in out for at in range(step.at, step.called or step.at + 1))
        self.several = len(self.own) > 1 and any(step.target <= self.end for step in self.own)

    def comes(self, step: Step) -> bool:
        """Whether a packet comes to this entry of the rule and matches it."""
        return self.reach.find(dict(step.box), step.at) is not None

    def differs(self, step: Step) -> Domain | None:
        """Packets that match this entry and whose verdict differs without the rule."""
        whole, less = self._landed(step, Run(step.at)), self._over(Run(step.at))
        return self._compare(_Question(step, dict(step.box), self._arriving(step)), whole, less)

    def takers(self, step: Step) -> set[int]:
        """The rules that do this entry's work without it: those that move its packets as it did."""
        found: set[int] = set()
        until = self._landed(step, Run(step.at)).at
        self._collect(_Question(step, dict(step.box), self._arriving(step)), self._over(Run(step.at)), until, found)
        return found

    def _arriving(self, step: Step) -> tuple[Clause, ...]:
        """What stops packets before they come to this entry, in either ruleset."""
        stopping = self.reach.stopping(dict(step.box), step.at)
        return (*stopping, *(self.reach.stopping(dict(step.box), step.at, self.gone) if self.several else ()))

    def _ask(self, question: _Question) -> Domain | None:
        """Packets of the question that come to the entry, in both rulesets."""
        at, clauses = question.step.at, question.clauses
        about = self.reach.about(question.domain, clauses, at)
        past = frozenset(clause.at for clause in clauses)
        for part in self.reach.solver.parts(question.domain, [*clauses, *about]):
            for found in self.reach.carried(part, at, past):
                if not self.several:
                    return found
                both = next(self.reach.carried(found, at, past, self.gone), None)
                if both is not None:
                    return both
        return None

    def _over(self, run: Run) -> Run:
        """The run without the rule, past whatever of the rule lies just here."""
        while run.at in self.gone:
            run = _passed(self.space.steps[run.at], run)._replace(at=run.at + 1)
        return run

    def _landed(self, step: Step, run: Run) -> Run:
        """Where a run is after it has matched an entry. What it is carried over changes nothing."""
        if step.verdict:
            return Run(self.end, step.verdict)
        known = tuple((new, new, 0) if value is None else (new, -1, value) for _, new, value in step.changes)
        run = Run(step.target, run.verdict, run.known + known)
        for one in self.space.changing:
            if step.at < one.at < step.target:
                run = _passed(one, run)
        return run

    def _compare(self, question: _Question, whole: Run, less: Run) -> Domain | None:
        """Packets with different verdicts, for a run of the whole ruleset and one of the ruleset less the rule."""
        if whole.at == less.at == self.end:
            same = (whole.verdict or ACCEPT) == (less.verdict or ACCEPT)
            return None if same else self._ask(question)
        if self._met(whole, less):
            return None
        lags = less.at <= whole.at
        run, other = (less, whole) if lags else (whole, less)
        until = other.at if other.at > run.at else self.end
        for step in self._ahead(question.domain, run.at, until):
            matching = None if lags and step.at in self.gone else self._matching(question, step, run)
            if matching is not None:
                landed = self._landed(step, run)
                if not self._met(landed, other) and (step.verdict or self._ask(matching) is not None):
                    found = self._compare(matching, *((whole, landed) if lags else (landed, less)))
                    if found is not None:
                        return found
                if matching.domain == question.domain:
                    return None  # every packet goes on from there
                question = self._passing(question, step, run)
            run = _passed(step, run)
        run = run._replace(at=until)
        return self._compare(question, *((whole, run) if lags else (run, less)))

    def _met(self, one: Run, other: Run) -> bool:
        """Whether both go on, or ended, alike."""
        return (one.at, one.verdict) == (other.at, other.verdict) and self._asked(one) == self._asked(other)

    def _asked(self, run: Run) -> frozenset[tuple[int, int, int]]:
        """What is known of fields that somebody will still ask for."""
        last = self.space.last_use
        return frozenset(one for one in run.known if last.get(one[0], -1) >= run.at)

    def _collect(self, question: _Question, run: Run, until: int, found: set[int]) -> None:
        for step in self._ahead(question.domain, run.at, until):
            matching = None if step.at in self.gone else self._matching(question, step, run)
            if matching is not None and self._ask(matching) is not None:
                if step.owner is not None and not step.changes:
                    found.add(step.owner)
                landed = self._landed(step, run)
                if landed.at < until:
                    self._collect(matching, landed, until, found)
                if matching.domain == question.domain:
                    return
                question = self._passing(question, step, run)
            run = _passed(step, run)

    def _matching(self, question: _Question, step: Step, run: Run) -> _Question | None:
        """The question, about packets only that match an entry; None where there are none."""
        box, domain = _resolved(step.box, run.known), dict(question.domain)
        return question._replace(domain=domain) if box is not None and meet(domain, box, self.space.full) else None

    def _passing(self, question: _Question, step: Step, run: Run) -> _Question:
        """The question, about packets only that do not match an entry."""
        box = _resolved(step.box, run.known)
        return question if box is None else question._replace(clauses=(*question.clauses, Clause(box)))

    def _ahead(self, domain: Domain, first: int, last: int) -> list[Step]:
        """Entries between two positions that do something to a packet, or would."""
        near = self.space.shelf.near(domain, first, last).tolist()
        changing = [step.at for step in self.space.changing if first <= step.at < last]
        steps = (self.space.steps[at] for at in (sorted({*near, *changing}) if changing else near))
        return [step for step in steps if step.target != step.at + 1 or step.changes]


def _passed(step: Step, run: Run) -> Run:
    """A run that has not matched an entry: what the entry would have changed stays as it was."""
    if not step.changes:
        return run
    now = {field: (other, value) for field, other, value in run.known}
    kept = tuple((new, *now.get(old, (old, 0))) for old, new, _ in step.changes)
    return run._replace(known=run.known + kept)


def _resolved(box: Box, known: tuple[tuple[int, int, int], ...]) -> Box | None:
    """The box in terms of fields as they were before the run changed them; None where nothing can match."""
    if not known:
        return box
    now = {field: (other, value) for field, other, value in known}
    found: dict[int, int] = {}
    for field, classes in box:
        other, value = now.get(field, (field, 0))
        if other == -1:
            if not value & classes:
                return None
            continue
        found[other] = found.get(other, classes) & classes
        if not found[other]:
            return None
    return tuple(found.items())
