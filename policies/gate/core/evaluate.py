"""The evaluator for all views and front ends. It denies what it cannot evaluate."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from policies.gate.core import texts
from policies.gate.core.context import Context
from policies.gate.core.findings import Finding, Findings, in_order
from policies.gate.core.levels import Severity, Status
from policies.gate.core.rule import Rule
from policies.gate.core.violation import Violation
from policies.gate.model import ModelObject
from policies.gate.model.unknown import UnknownValueError

SECONDS = 60.0
"""Time limit for all rules together; the rest counts as not evaluated."""


def evaluate(context: Context, rules: Iterable[Rule], seconds: float = SECONDS) -> Findings:
    """Evaluate every rule on every object of its kind in the context's snapshot."""
    until = time.monotonic() + seconds
    wanted = [rule for rule in rules if context.snapshot.view in rule.views]
    found: list[Finding] = []
    evaluated = 0
    for item in wanted:
        for node in context.snapshot.of(item.over):
            evaluated += 1
            if time.monotonic() > until:
                found.append(_doubt("not-evaluated", item, node, context, _id(node), "too-slow"))
            else:
                _evaluate(item, node, context, found)
    return Findings(
        in_order(found),
        (context.snapshot.view,),
        context.declared.site,
        context.snapshot.location,
        context.declared.digest,
        evaluated,
        tuple(wanted),
    )


def _evaluate(rule: Rule, node: ModelObject, context: Context, found: list[Finding]) -> None:
    try:
        for violation in rule.check(node, context):
            found.append(_finding(rule, node, context, violation))
    except UnknownValueError as doubt:
        found.append(_doubt("not-evaluated", rule, node, context, doubt.what, doubt.why))
    except Exception as mistake:  # an error inside a rule denies, whatever it is
        found.append(_doubt("failed", rule, node, context, "", f"{type(mistake).__name__}: {mistake}"))


def _finding(rule: Rule, node: ModelObject, context: Context, violation: Violation) -> Finding:
    data = rule.data
    status = violation.get("status", Status.VIOLATED)
    return Finding(
        rule=rule.id,
        severity=Severity(data["severity"]),
        status=status,
        kind=rule.over,
        subject=node.id,
        view=context.snapshot.view,
        values={key: value for key, value in violation.items() if key not in ("see", "status")},
        texts=texts.COMMON.entries["to_be_observed"] if status is Status.TO_BE_OBSERVED else data,
        basis=tuple(data.get("basis", ())),
        escape_paths=tuple(data.get("escape_paths", ())),
        waiver=data["waiver"],
        at=node.at,
        see=tuple(location for location in violation.get("see", ()) if location),
        drift=data.get("drift", "") if context.snapshot.view == "running" else "",
    )


def _doubt(kind: str, rule: Rule, node: ModelObject, context: Context, what: Any, why: str) -> Finding:
    """A finding for a rule that could not be evaluated: it denies, whatever the rule's severity."""
    data = rule.data
    return Finding(
        rule=rule.id,
        severity=Severity.DENY,
        status=Status.NOT_EVALUATED,
        kind=rule.over,
        subject=_id(node),
        view=context.snapshot.view,
        values={
            "kind": texts.COMMON.text("kind", rule.over),
            "subject": _id(node),
            "rule": rule.id,
            "what": what,
            "why": texts.why_of(why),
        },
        texts=texts.COMMON.entries[kind],
        basis=tuple(data.get("basis", ())),
        escape_paths=tuple(data.get("escape_paths", ())),
        waiver=data["waiver"],
        at=node.at,
        why=why,
    )


def _id(node: ModelObject) -> str:
    return node.id if node.knows("id") else node.at or "?"
