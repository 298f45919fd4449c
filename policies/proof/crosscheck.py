"""The second answer beside the first: z3 confirms what cannot happen, a walk through the JSON what can."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from policies.proof.interpreter import Interpreter
from policies.proof.judge import Answer
from policies.proof.reading import Rule
from policies.proof.states import State

WALKS = 100_000
"""Rules looked at in all walks together: small rulesets have each witness walked, large ones an even choice."""


@dataclass(slots=True)
class Checked:
    """`differences`: where the second answer is another; `unfinished`: part of it is missing for want of time.

    `alone`: rules that were too hard for the first solver, so that the second one's answer is the only one.
    """

    differences: list[str] = field(default_factory=list)
    unfinished: bool = False
    alone: int = 0


def crosscheck(answer: Answer, seconds: float) -> Checked:
    """Asks again, in other ways, about every rule's state. Any difference means that one of the answers is wrong."""
    checked = Checked(_walked(answer), alone=sum(one.hard for one in answer.standings.values()))
    _solved(answer, checked, seconds)
    return checked


def _walked(answer: Answer) -> list[str]:
    """Witnesses whose verdict, walked through the JSON, does not need the rule that they are to show alive."""
    shown = [rule for rule in answer.ruleset.rules if answer.standings[rule.order].witness is not None]
    every = max(1, len(shown) * len(answer.ruleset.rules) // WALKS)
    interpreter = Interpreter(answer.ruleset, answer.steps)
    return [what for rule in shown[::every] if (what := _walk(answer, interpreter, rule))]


def _walk(answer: Answer, interpreter: Interpreter, rule: Rule) -> str:
    standing = answer.standings[rule.order]
    if standing.witness is None or standing.hook is None:
        return ""
    whole, less = (interpreter.outcome(standing.hook, standing.witness, left) for left in (None, rule.order))
    if whole.sure and less.sure and whole.verdict == less.verdict:
        return f"rule {rule.handle} ({' '.join(rule.where)}): witness gets {whole.verdict} with and without it"
    return ""


def _solved(answer: Answer, checked: Checked, seconds: float) -> None:
    from policies.proof.smt import ask

    dead = {order for order, one in answer.standings.items() if one.state <= State.SHADOWED}
    idle = {order for order, one in answer.standings.items() if one.state is State.REDUNDANT}
    until = monotonic() + seconds
    for hook in answer.spaces:
        told = ask(answer.ruleset, answer.steps, hook, dead, idle, until)
        checked.unfinished |= told is None
        if told:
            checked.differences.append(f"{hook.name}: {told}")
