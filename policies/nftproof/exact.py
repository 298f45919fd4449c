"""Does a hook pass exactly the allowed packets? Every difference is shown by a packet and the rules that decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from policies.nftproof.boxes import RawBox
from policies.nftproof.clauses import Box, Clause, Domain
from policies.nftproof.hooks import Hook, hooks_of, not_understood
from policies.nftproof.interpreter import Interpreter, Passage
from policies.nftproof.listing import Ruleset
from policies.nftproof.program import program
from policies.nftproof.reach import Reach
from policies.nftproof.sat.counterexample import counterexample
from policies.nftproof.solver import meet
from policies.nftproof.space import Shelf, Space, space
from policies.nftproof.statements import Unread, steps
from policies.nftproof.witness import packet_of

MOST = 20
"""Differences that are computed for one hook; a wrong ruleset can have any number."""


class DifferenceKind(StrEnum):
    PASSES = "passes"  # not allowed, and passes
    STOPPED = "stopped"  # allowed, and stopped
    UNKNOWN = "unknown"  # not understood
    DISAGREE = "disagree"  # the cross-check has another result


@dataclass(frozen=True, slots=True)
class Allowed:
    """Packets that must pass. `label`: the flow, or what else allows them."""

    label: str
    box: RawBox


@dataclass(frozen=True, slots=True)
class HookDifference:
    """One packet that the hook treats differently than expected. `trail`: the rules that decided about it."""

    kind: DifferenceKind
    hook: str
    label: str = ""  # the flow that is stopped, or what was not understood
    packet: Mapping[str, int] = field(default_factory=dict)
    trail: tuple[Passage, ...] = ()


def exactly(ruleset: Ruleset, hook: Hook, allowed: Sequence[Allowed], seconds: float = 0) -> list[HookDifference]:
    """Every way in which the hook passes more or less than `allowed`, at most MOST of them; [] is the proof.

    `seconds`: time for the cross-check of the whole question; 0: no cross-check.
    """
    unread = list(_unread(ruleset, hook))
    if unread:
        return unread
    chains = hooks_of(ruleset).get(hook, [])
    steps_of = {rule.order: steps(ruleset, rule) for rule in ruleset.rules}
    hook_space = space(program(ruleset, hook, chains, steps_of), [item.box for item in allowed])
    boxes = [(item.label, box) for item in allowed if (box := hook_space.box(item.box)) is not None]
    interpreter = Interpreter(ruleset)
    differences: list[HookDifference] = []
    for kind, label, witness in _failing(hook_space, boxes):
        packet = packet_of(hook_space, witness)
        trail = tuple(interpreter.outcome(hook, packet).trail)
        differences.append(HookDifference(kind, hook.name, label, packet, trail))
        if len(differences) == MOST:
            break
    if seconds > 0:
        differences += _cross_check(ruleset, hook, allowed, seconds, bool(differences))
    return differences


def _unread(ruleset: Ruleset, hook: Hook) -> Iterator[HookDifference]:
    for chain in not_understood(ruleset):
        yield HookDifference(DifferenceKind.UNKNOWN, chain.hook, f"hook {chain.hook} of family {chain.family}")
    for rule in ruleset.rules:
        for step in steps(ruleset, rule):
            if isinstance(step, Unread):
                yield HookDifference(
                    DifferenceKind.UNKNOWN, hook.name, step.what, trail=(Passage(rule.where[2], rule, "unknown"),)
                )


def _failing(hook_space: Space, allowed: Sequence[tuple[str, Box]]) -> Iterator[tuple[DifferenceKind, str, Domain]]:
    reach = Reach(hook_space)
    for witness in too_much(reach, [box for _, box in allowed]):
        yield DifferenceKind.PASSES, "", witness
    for label, box in allowed:
        stopped = too_little(reach, box)
        if stopped is not None:
            yield DifferenceKind.STOPPED, label, stopped


def too_much(reach: Reach, allowed: Sequence[Box]) -> Iterator[Domain]:
    """Packets that pass the hook and lie in none of the boxes, for each way of passing.

    A packet passes by an entry of the last base chain that accepts it, or by coming to its end; asked way by way, the
    question is about few rules and few of the boxes, however many there are.
    """
    hook_space, shelf = reach.space, Shelf(allowed)
    accepts = [step for step in hook_space.steps if not step.verdict and step.target == hook_space.end > step.at + 1]
    gone = frozenset(step.at for step in accepts)
    for step in accepts:
        domain = dict(step.box)
        near = [allowed[at] for at in shelf.near(domain).tolist()]
        if not any(reach.solver.place(domain, box) > 0 for box in near):
            witness = reach.find(domain, hook_space.end, [Clause(box) for box in near])
            if witness is not None:
                yield witness
    others = [Clause(box) for box in allowed] + [Clause(step.box) for step in accepts]
    witness = reach.find({}, hook_space.end, others, gone)
    if witness is not None:
        yield witness


def too_little(reach: Reach, box: Box) -> Domain | None:
    """Packets of the box that the hook stops."""
    hook_space = reach.space
    for at in hook_space.shelf.near(dict(box)).tolist():
        step, domain = hook_space.steps[at], dict(box)
        if step.verdict and meet(domain, step.box, hook_space.full):
            witness = reach.find(domain, at)
            if witness is not None:
                return witness
    return None


def _cross_check(
    ruleset: Ruleset, hook: Hook, allowed: Sequence[Allowed], seconds: float, failed: bool
) -> list[HookDifference]:
    """The SAT solver's result for the whole hook; a different result is a finding of its own."""
    packet = counterexample(ruleset, hook, [item.box for item in allowed], seconds)
    if packet is None:
        return [HookDifference(DifferenceKind.DISAGREE, hook.name, f"the cross-check exceeded {seconds:g} s")]
    if bool(packet) == failed:
        return []
    return [HookDifference(DifferenceKind.DISAGREE, hook.name, packet or "the cross-check finds no difference")]
