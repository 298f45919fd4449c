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
    applicable = [rule for rule in rules if context.snapshot.view in rule.views]
    findings: list[Finding] = []
    evaluated = 0
    for rule in applicable:
        for item in context.snapshot.of(rule.over):
            evaluated += 1
            if time.monotonic() > until:
                findings.append(_not_evaluated("not-evaluated", rule, item, context, _id(item), "too-slow"))
            else:
                _evaluate(rule, item, context, findings)
    return Findings(
        in_order(findings),
        (context.snapshot.view,),
        context.declared.site,
        context.snapshot.location,
        context.declared.digest,
        evaluated,
        tuple(applicable),
    )


def _evaluate(rule: Rule, item: ModelObject, context: Context, findings: list[Finding]) -> None:
    try:
        for violation in rule.check(item, context):
            findings.append(_finding(rule, item, context, violation))
    except UnknownValueError as error:
        findings.append(_not_evaluated("not-evaluated", rule, item, context, error.what, error.why))
    except Exception as error:  # any error inside a rule denies
        findings.append(_not_evaluated("failed", rule, item, context, "", f"{type(error).__name__}: {error}"))


def _finding(rule: Rule, item: ModelObject, context: Context, violation: Violation) -> Finding:
    data = rule.data
    status = violation.get("status", Status.VIOLATED)
    return Finding(
        rule=rule.id,
        severity=Severity(data["severity"]),
        status=status,
        kind=rule.over,
        subject=item.id,
        view=context.snapshot.view,
        values={key: value for key, value in violation.items() if key not in ("see", "status")},
        texts=texts.COMMON.entries["to_be_observed"] if status is Status.TO_BE_OBSERVED else data,
        basis=tuple(data.get("basis", ())),
        escape_paths=tuple(data.get("escape_paths", ())),
        waiver=data["waiver"],
        at=item.at,
        see=tuple(location for location in violation.get("see", ()) if location),
        drift=data.get("drift", "") if context.snapshot.view == "running" else "",
    )


def _not_evaluated(kind: str, rule: Rule, item: ModelObject, context: Context, what: Any, why: str) -> Finding:
    """A finding for a rule that could not be evaluated: it denies, whatever the rule's severity."""
    data = rule.data
    return Finding(
        rule=rule.id,
        severity=Severity.DENY,
        status=Status.NOT_EVALUATED,
        kind=rule.over,
        subject=_id(item),
        view=context.snapshot.view,
        values={
            "kind": texts.COMMON.text("kind", rule.over),
            "subject": _id(item),
            "rule": rule.id,
            "what": what,
            "why": texts.why_of(why),
        },
        texts=texts.COMMON.entries[kind],
        basis=tuple(data.get("basis", ())),
        escape_paths=tuple(data.get("escape_paths", ())),
        waiver=data["waiver"],
        at=item.at,
        why=why,
    )


def _id(item: ModelObject) -> str:
    return item.id if item.knows("id") else item.at or "?"
