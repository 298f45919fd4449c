"""What would change without one rule: the first packet whose verdict differs, or the rules that do its work.

Both rulesets are run on the same packets. Until they come to the rule they are in step; from there the one that lags
behind is moved on, entry by entry, until they meet again (nothing changed) or both are over (verdicts are compared).
Only then the solver is asked whether there is such a packet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from policies.proof.reach import Reach
from policies.proof.solver import Box, Clause, Domain, meet
from policies.proof.space import Step

ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Run:
    """One ruleset's way: where it is, and its verdict once it is over.

    `known` says of fields that it came to change what they are now: (field, field that has its value) or, where the
    second is -1, (field, -1, its class).
    """

    at: int
    verdict: str = ""
    known: tuple[tuple[int, int, int], ...] = ()


class Removal:
    """Takes one rule out of a hook, all its entries at once."""

    def __init__(self, reach: Reach, rule: int) -> None:
        self.reach, self.space = reach, reach.space
        self.end = self.space.end
        self.own = [self.space.steps[at] for at in self.space.of_rule.get(rule, ())]
        self.gone = [(step.at, step.called or step.at + 1) for step in self.own]
        self.several = len(self.own) > 1 and any(step.target <= self.end for step in self.own)

    def arriving(self, step: Step) -> list[Clause] | None:
        """What makes a packet come to this entry of the rule, in both rulesets; None where none does."""
        clauses = self.reach.blockers(dict(step.box), step.at)
        if self.reach.find(dict(step.box), step.at) is None:
            return None
        if self.several:
            clauses += self.reach.blockers(dict(step.box), step.at, self.gone)
        return clauses

    def differs(self, step: Step) -> Domain | None:
        """Packets that match this entry and whose verdict differs without the rule."""
        clauses = self.arriving(step)
        if clauses is None:
            return None
        return self._compare(dict(step.box), clauses, _landed(step, Run(step.at), self.end), self._over(Run(step.at)))

    def takers(self, step: Step) -> set[int]:
        """The rules that do this entry's work without it: those that move its packets as it did."""
        clauses = self.arriving(step)
        found: set[int] = set()
        if clauses is not None:
            until = _landed(step, Run(step.at), self.end).at
            self._collect(dict(step.box), clauses, self._over(Run(step.at)), until, found)
        return found

    def _over(self, run: Run) -> Run:
        """The run without the rule, past whatever of the rule lies just here."""
        at = run.at
        while passed := next((last for first, last in self.gone if first <= at < last), None):
            at = passed
        return replace(run, at=at)

    def _compare(self, domain: Domain, clauses: Sequence[Clause], whole: Run, less: Run) -> Domain | None:
        """Packets with different verdicts, for a run of the whole ruleset and one of the ruleset less the rule."""
        if whole.at == less.at == self.end:
            same = (whole.verdict or ACCEPT) == (less.verdict or ACCEPT)
            return None if same else self._ask(domain, clauses)
        if whole.at == less.at and whole.known == less.known:
            return None
        lags = less.at <= whole.at
        run, other = (less, whole) if lags else (whole, less)
        until = other.at if other.at > run.at else self.end
        more = list(clauses)
        for step in self._ahead(domain, run.at, until, skipping=lags):
            box = _resolved(step.box, run.known)
            part = dict(domain)
            if box is None or not meet(part, box, self.space.full):
                run = _passed(step, run)
                continue
            landed = _landed(step, run, self.end)
            if landed != other and (step.verdict or self._ask(part, more) is not None):
                found = self._compare(part, more, *((whole, landed) if lags else (landed, less)))
                if found is not None:
                    return found
            if part == domain:
                return None  # every packet goes on from here
            more.append(Clause(box))
            run = _passed(step, run)
        run = replace(run, at=until)
        return self._compare(domain, more, *((whole, run) if lags else (run, less)))

    def _collect(self, domain: Domain, clauses: Sequence[Clause], run: Run, until: int, found: set[int]) -> None:
        more = list(clauses)
        for step in self._ahead(domain, run.at, until, skipping=True):
            box = _resolved(step.box, run.known)
            part = dict(domain)
            if box is None or not meet(part, box, self.space.full) or self._ask(part, more) is None:
                run = _passed(step, run)
                continue
            if step.owner is not None and not step.changes:
                found.add(step.owner)
            landed = _landed(step, run, self.end)
            if landed.at < until:
                self._collect(part, more, landed, until, found)
            if part == domain:
                return
            more.append(Clause(box))
            run = _passed(step, run)

    def _ask(self, domain: Domain, clauses: Sequence[Clause]) -> Domain | None:
        first = self.own[0].at
        return self.reach.solver.find(domain, [*clauses, *self.reach.about(domain, clauses, first)])

    def _ahead(self, domain: Domain, first: int, last: int, skipping: bool) -> list[Step]:
        """Entries between two positions that do something to a packet; less the rule, where asked."""
        near = self.space.shelf.near(domain, first, last).tolist()
        changing = [step.at for step in self.space.changing if first <= step.at < last]
        steps = (self.space.steps[at] for at in (sorted({*near, *changing}) if changing else near))
        return [
            step
            for step in steps
            if (step.target != step.at + 1 or step.changes)
            and not (skipping and any(a <= step.at < b for a, b in self.gone))
        ]


def _landed(step: Step, run: Run, end: int) -> Run:
    """Where a run is after it has matched an entry."""
    if step.verdict:
        return Run(end, step.verdict)
    known = tuple((new, new, 0) if value is None else (new, -1, value) for _, new, value in step.changes)
    return replace(run, at=step.target, known=run.known + known)


def _passed(step: Step, run: Run) -> Run:
    """A run that has not matched an entry: what the entry would have changed stays as it was."""
    if not step.changes:
        return run
    now = {field: (other, value) for field, other, value in run.known}
    kept = tuple((new, *now.get(old, (old, 0))) for old, new, _ in step.changes)
    return replace(run, known=run.known + kept)


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
