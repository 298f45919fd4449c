"""A single ruleset over all packets: every rule's status, default accepts, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.nftproof.hooks import Hook, hooks_of, not_understood
from policies.nftproof.lint.default_accept import DefaultAccept, default_accepts
from policies.nftproof.lint.rule_status import RuleEvaluator, RuleStatus, StatusReport
from policies.nftproof.listing import NftRule, Ruleset
from policies.nftproof.program import TooLargeError, program
from policies.nftproof.solver import UndecidedError
from policies.nftproof.space import Space, space
from policies.nftproof.statements import Step, Unread, steps


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something that was not understood: `what`, in nft's terms, and its rule (None: in no rule).

    `thing`: the listing of an object that is no rule.
    """

    what: str
    rule: NftRule | None = None
    thing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RulesetReport:
    """The results for one ruleset."""

    ruleset: Ruleset
    statuses: dict[int, StatusReport] = field(default_factory=dict)  # by a rule's `order`
    default_accepts: list[DefaultAccept] = field(default_factory=list)
    unknown: list[NotUnderstood] = field(default_factory=list)
    spaces: dict[Hook, Space] = field(default_factory=dict)
    steps: dict[int, list[Step]] = field(default_factory=dict)

    @property
    def findings(self) -> bool:
        return bool(self.default_accepts) or any(
            standing.state is not RuleStatus.LIVE for standing in self.statuses.values()
        )


def analyse(ruleset: Ruleset) -> RulesetReport:
    """Determine every rule's status. Rules that no hook calls are `never`; what cannot be read is named."""
    report = RulesetReport(ruleset, steps={rule.order: steps(ruleset, rule) for rule in ruleset.rules})
    report.unknown = list(_unknown(report))
    for hook, chains in hooks_of(ruleset).items():
        try:
            report.spaces[hook] = space(program(ruleset, hook, chains, report.steps))
        except TooLargeError:
            report.unknown.append(NotUnderstood(f"hook {hook.name}: too many calls of chains"))
    for hook_space in report.spaces.values():
        _add_statuses(report, hook_space)
    doubtful = {chain.where[:2] for chain in not_understood(ruleset)}
    for rule in ruleset.rules:
        unreached = RuleStatus.LIVE if rule.where[:2] in doubtful else RuleStatus.NEVER
        report.statuses.setdefault(rule.order, StatusReport(unreached))
    try:
        report.default_accepts = default_accepts(report.spaces)
    except UndecidedError:
        report.unknown.append(
            NotUnderstood("what is open by default: more ways through the chains than could be followed")
        )
    return report


def _unknown(report: RulesetReport) -> Iterable[NotUnderstood]:
    for kind, thing in report.ruleset.strange:
        yield NotUnderstood(f"{kind} {thing.get('name', '')}".strip(), thing=thing)
    for chain in not_understood(report.ruleset):
        family, table, name = chain.where
        place = {"handle": chain.handle, "family": family, "table": table, "chain": name}
        yield NotUnderstood(f"hook {chain.hook} of family {family}", thing=place)
    for rule in report.ruleset.rules:
        for step in report.steps[rule.order]:
            if isinstance(step, Unread):
                yield NotUnderstood(step.what, rule)


def _add_statuses(report: RulesetReport, hook_space: Space) -> None:
    evaluator = RuleEvaluator(hook_space, report.steps)
    for rule in report.ruleset.rules:
        if rule.where in hook_space.program.chains:
            try:
                status = evaluator.status(rule.order)
            except UndecidedError:  # counts as needed, and is reported
                status = StatusReport(RuleStatus.LIVE)
                report.unknown.append(
                    NotUnderstood("more ways through the chains than both solvers could follow", rule)
                )
            report.statuses[rule.order] = _higher(report.statuses.get(rule.order), status)


def _higher(present: StatusReport | None, new: StatusReport) -> StatusReport:
    """The status of a rule in several hooks: the highest; of equal states, the covering rules add up."""
    if present is None or new.state > present.state:
        return new
    if new.state < present.state:
        return present
    return replace(present, covers=present.covers | new.covers)
