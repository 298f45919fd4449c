"""The cross-check of rule statuses: another encoding for every rule, and a walk through the JSON for witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from policies.nftproof.interpreter import Interpreter
from policies.nftproof.lint.analyse import RulesetReport
from policies.nftproof.lint.rule_status import RuleStatus
from policies.nftproof.listing import NftRule
from policies.nftproof.solver import UndecidedError

if TYPE_CHECKING:
    from policies.nftproof.lint.rule_questions import RuleQuestions

WALKS = 100_000
"""Rules evaluated in all walks together: in small rulesets every witness is walked, in large ones an even sample."""


@dataclass(slots=True)
class Checked:
    """`differences`: other results than the first; `alone`: the number of rules left unchecked for lack of time."""

    differences: list[str] = field(default_factory=list)
    alone: int = 0


def crosscheck(report: RulesetReport, seconds: float) -> Checked:
    """Check every rule's status by other methods. A difference means that one of the results is wrong."""
    checked = Checked(_walked(report))
    _asked(report, checked, monotonic() + seconds)
    return checked


def _walked(report: RulesetReport) -> list[str]:
    """Witnesses of live rules whose verdict, walked through the JSON, is the same without the rule."""
    shown = [rule for rule in report.ruleset.rules if report.statuses[rule.order].witness is not None]
    every = max(1, len(shown) * len(report.ruleset.rules) // WALKS)
    chosen = [rule for at, rule in enumerate(shown) if at % every == 0 or report.statuses[rule.order].hard]
    interpreter = Interpreter(report.ruleset, report.steps)
    return [what for rule in chosen if (what := _walk(report, interpreter, rule))]


def _walk(report: RulesetReport, interpreter: Interpreter, rule: NftRule) -> str:
    status = report.statuses[rule.order]
    if status.witness is None or status.hook is None:
        return ""
    whole, less = (interpreter.outcome(status.hook, status.witness, left) for left in (None, rule.order))
    if whole.sure and less.sure and whole.verdict == less.verdict:
        return f"{_name(rule)}: witness gets {whole.verdict} with and without it"
    return ""


def _asked(report: RulesetReport, checked: Checked, until: float) -> None:
    """Check rule by rule what must be impossible in every hook, or possible in one."""
    from policies.nftproof.lint.rule_questions import RuleQuestions

    rules = list(_without_witness(report))
    try:
        hooks = [RuleQuestions(report.ruleset, report.steps, hook, until) for hook in report.spaces]
    except UndecidedError:
        checked.alone = len(rules)
        return
    for rule in rules:
        state = report.statuses[rule.order].state
        try:
            contradiction = _contradiction(state, rule.order, hooks)
        except UndecidedError:
            checked.alone += 1
            continue
        if contradiction:
            checked.differences.append(f"{_name(rule)} is {state.name.lower()}, yet {contradiction}")


def _without_witness(report: RulesetReport) -> Iterator[NftRule]:
    """Rules whose status no packet shows, without those that are not understood."""
    unknown = {item.rule.order for item in report.unknown if item.rule}
    for rule in report.ruleset.rules:
        if report.statuses[rule.order].witness is None and rule.order not in unknown:
            yield rule


def _contradiction(state: RuleStatus, order: int, hooks: list[RuleQuestions]) -> str:
    comes = any(hook.comes(order) for hook in hooks)
    if state <= RuleStatus.SHADOWED:
        return "a packet comes to it" if comes else ""
    if not comes:
        return "no packet comes to it"
    needed = state is RuleStatus.REDUNDANT and any(hook.differs(order) for hook in hooks)
    return "a packet's verdict needs it" if needed else ""


def _name(rule: NftRule) -> str:
    return f"rule {rule.handle} ({' '.join(rule.where)})"
