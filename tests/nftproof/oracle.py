"""The status of a ruleset's rules found by trial: packets are walked, with every rule and without each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from random import Random

from policies.nftproof.hooks import Hook
from policies.nftproof.interpreter import Interpreter, Packet
from policies.nftproof.lint.analyse import RulesetReport
from policies.nftproof.lint.rule_status import RuleStatus
from policies.nftproof.space import Space
from policies.nftproof.witness import packet_of

MOST = 3_000
"""Packets that are tried for one hook; of more combinations, this number is drawn at random."""


class StateTrial:
    """The results of trial for each rule: `matched` by a packet that reached it, `needed` for a packet's verdict."""

    def __init__(self, report: RulesetReport) -> None:
        self.interpreter = Interpreter(report.ruleset, report.steps)
        self.matched: set[int] = set()
        self.needed: dict[int, tuple[Hook, Packet]] = {}

    def all_of(self, hook: Hook, packets: Iterator[Packet]) -> None:
        for packet in packets:
            outcome = self.interpreter.outcome(hook, packet)
            took = {passage.rule.order for passage in outcome.trail if passage.rule}
            self.matched |= took
            for order in took - self.needed.keys():
                if self.interpreter.outcome(hook, packet, without=order).verdict != outcome.verdict:
                    self.needed[order] = (hook, packet)


def packets(space: Space, seed: int) -> Iterator[Packet]:
    """Combinations of one value of every class of every field; all of them where they are few enough.

    Drawn ones are put through the solver's facts (an invalid packet has no connection), as the kernel would.
    """
    random = Random(seed)  # noqa: S311 - not for secrets
    roots = space.program.boxer.roots
    asked = [number for number, name in enumerate(space.names) if roots.get(name) == name]
    choices = [_bits(space.full[number]) for number in asked]
    if prod(map(len, choices)) <= MOST:
        drawn: Iterator[tuple[int, ...]] = product(*choices)
    else:
        drawn = (tuple(random.choice(choice) for choice in choices) for _ in range(MOST))
    for item in drawn:
        domain = dict(zip(asked, item, strict=True))
        facts = [clause for _, clauses in space.axioms for clause in clauses]
        if all(not all(domain.get(f, space.full[f]) & c for f, c in clause.box) or clause.guards for clause in facts):
            yield packet_of(space, domain)


def _bits(classes: int) -> list[int]:
    return [1 << bit for bit in range(classes.bit_length()) if classes >> bit & 1]


def objections(report: RulesetReport, seed: int = 0, sent: Iterable[tuple[Hook, Packet]] = ()) -> list[str]:
    """Contradictions between trial and report: statuses that trial shows to be wrong.

    Tried are packets that the answer's own facts allow, and those `sent`, which the kernel has seen.
    """
    trial = StateTrial(report)
    for hook, space in report.spaces.items():
        trial.all_of(hook, packets(space, seed))
    for hook, packet in sent:
        trial.all_of(hook, iter([packet]))
    contradictions = []
    for rule in report.ruleset.rules:
        status = report.statuses[rule.order]
        if rule.order in trial.needed and status.state is not RuleStatus.LIVE:
            contradictions.append(
                f"rule {rule.handle} is {status.state.name}, yet needed for {trial.needed[rule.order]}"
            )
        if rule.order in trial.matched and status.state in (RuleStatus.NEVER, RuleStatus.SHADOWED):
            contradictions.append(f"rule {rule.handle} is {status.state.name}, yet a packet came to it")
        if status.witness is not None and status.hook is not None:
            packet = status.witness
            with_it, without = (
                trial.interpreter.outcome(status.hook, packet, without=left) for left in (None, rule.order)
            )
            if with_it.verdict == without.verdict and with_it.sure:
                contradictions.append(f"rule {rule.handle} is LIVE, yet without it {packet} is also {without.verdict}")
    return contradictions
