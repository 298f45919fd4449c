"""The effect of removing one rule: the first packet whose verdict differs, or the rules that give the same verdicts.

Both rulesets run on the same packets. Until they reach the rule they are in step; from there the run that lags behind
advances, entry by entry, until they meet again (nothing changed) or both are over (verdicts are compared). Only then
the solver determines whether such a packet exists. Hooks whose rules change packets are left to the SAT solver.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from policies.nftproof.clauses import Clause, Domain
from policies.nftproof.reach import Reach
from policies.nftproof.solver import meet
from policies.nftproof.space import HookStep

ACCEPT = "accept"


class RemovalRun(NamedTuple):
    """One ruleset's run: its position, and its verdict when it is over."""

    at: int
    verdict: str = ""


class _Question(NamedTuple):
    """Packets of a domain that no clause forbids and that reach an entry of the rule."""

    step: HookStep
    domain: Domain
    clauses: tuple[Clause, ...]


class Removal:
    """A hook without one rule, all its entries at once, and without `others`."""

    def __init__(self, reach: Reach, rule: int, others: Iterable[int] = ()) -> None:
        self.reach, self.space = reach, reach.space
        self.end = self.space.end
        self.own = [self.space.steps[at] for at in self.space.of_rule.get(rule, ())]
        out = [*self.own, *(self.space.steps[at] for other in others for at in self.space.of_rule.get(other, ()))]
        self.gone = frozenset(at for step in out for at in range(step.at, step.called or step.at + 1))
        self.several = len(self.own) > 1 and any(step.target <= self.end for step in self.own)

    def comes(self, step: HookStep) -> bool:
        """Whether a packet reaches this entry of the rule and matches it."""
        return self.reach.find(dict(step.box), step.at) is not None

    def differs(self, step: HookStep) -> Domain | None:
        """Packets that match this entry and whose verdict differs without the rule."""
        whole, less = self._landed(step), self._over(step.at)
        return self._compare(_Question(step, dict(step.box), self._arriving(step)), whole, less)

    def takers(self, step: HookStep) -> set[int]:
        """The rules that replace this entry if it is removed: those that then move its packets as it did."""
        takers: set[int] = set()
        until = self._landed(step).at
        self._collect(_Question(step, dict(step.box), self._arriving(step)), self._over(step.at).at, until, takers)
        return takers

    def _arriving(self, step: HookStep) -> tuple[Clause, ...]:
        """The entries that stop packets before this entry, in either ruleset."""
        stopping = self.reach.stopping(dict(step.box), step.at)
        return (*stopping, *(self.reach.stopping(dict(step.box), step.at, self.gone) if self.several else ()))

    def _ask(self, question: _Question) -> Domain | None:
        """Packets of the question that reach the entry, in both rulesets."""
        at, clauses = question.step.at, question.clauses
        about = self.reach.about(question.domain, clauses, at)
        past = frozenset(clause.at for clause in clauses)
        for part in self.reach.solver.parts(question.domain, [*clauses, *about]):
            for arriving in self.reach.carried(part, at, past):
                if not self.several:
                    return arriving
                both = next(self.reach.carried(arriving, at, past, self.gone), None)
                if both is not None:
                    return both
        return None

    def _over(self, at: int) -> RemovalRun:
        """The run without the rule, past the rule's entries at this position."""
        while at in self.gone:
            at += 1
        return RemovalRun(at)

    def _landed(self, step: HookStep) -> RemovalRun:
        """The position of a run after it matched an entry."""
        return RemovalRun(self.end, step.verdict) if step.verdict else RemovalRun(step.target)

    def _compare(self, question: _Question, whole: RemovalRun, less: RemovalRun) -> Domain | None:
        """Packets with different verdicts, for a run of the whole ruleset and one without the rule."""
        if whole.at == less.at == self.end:
            same = (whole.verdict or ACCEPT) == (less.verdict or ACCEPT)
            return None if same else self._ask(question)
        if whole == less:
            return None
        lags = less.at <= whole.at
        run, other = (less, whole) if lags else (whole, less)
        until = other.at if other.at > run.at else self.end
        for step in self._ahead(question.domain, run.at, until):
            matching = None if lags and step.at in self.gone else self._matching(question, step)
            if matching is not None:
                landed = self._landed(step)
                if landed != other and (step.verdict or self._ask(matching) is not None):
                    witness = self._compare(matching, *((whole, landed) if lags else (landed, less)))
                    if witness is not None:
                        return witness
                if matching.domain == question.domain:
                    return None  # every packet continues from there
                question = self._passing(question, step)
        run = run._replace(at=until)
        return self._compare(question, *((whole, run) if lags else (run, less)))

    def _collect(self, question: _Question, at: int, until: int, takers: set[int]) -> None:
        for step in self._ahead(question.domain, at, until):
            matching = None if step.at in self.gone else self._matching(question, step)
            if matching is not None and self._ask(matching) is not None:
                if step.owner is not None:
                    takers.add(step.owner)
                landed = self._landed(step).at
                if landed < until:
                    self._collect(matching, landed, until, takers)
                if matching.domain == question.domain:
                    return
                question = self._passing(question, step)

    def _matching(self, question: _Question, step: HookStep) -> _Question | None:
        """The question, restricted to packets that match an entry; None if there are none."""
        domain = dict(question.domain)
        return question._replace(domain=domain) if meet(domain, step.box, self.space.full) else None

    def _passing(self, question: _Question, step: HookStep) -> _Question:
        """The question, restricted to packets that do not match an entry."""
        return question._replace(clauses=(*question.clauses, Clause(step.box)))

    def _ahead(self, domain: Domain, first: int, last: int) -> list[HookStep]:
        """Entries between two positions that have an effect on a packet."""
        near = self.space.shelf.near(domain, first, last).tolist()
        return [step for at in near if (step := self.space.steps[at]).target != at + 1]
