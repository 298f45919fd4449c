"""Runs rules over an estate. One engine for all views and all front ends; what cannot be evaluated denies."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from policies.gate.core import texts as words
from policies.gate.core.context import Context
from policies.gate.core.findings import Finding, Findings, in_order
from policies.gate.core.levels import Severity, Status
from policies.gate.core.rule import Rule
from policies.gate.core.texts import Name
from policies.gate.core.violation import Violation
from policies.gate.model import ModelObject
from policies.gate.model.unknown import UnknownValueError

SECONDS = 60.0
"""How long all rules together may take before the rest of them counts as not evaluated."""


def evaluate(case: Context, rules: Iterable[Rule], seconds: float = SECONDS) -> Findings:
    """Every rule over every thing of its kind in the case's view."""
    until = time.monotonic() + seconds
    wanted = [one for one in rules if case.estate.view in one.views]
    found: list[Finding] = []
    judged = 0
    for one in wanted:
        for node in case.estate.of(one.over):
            judged += 1
            if time.monotonic() > until:
                found.append(_doubt("undecided", one, node, case, _id(node), "too-slow"))
            else:
                _judge(one, node, case, found)
    return Findings(
        in_order(found),
        (case.estate.view,),
        case.declared.site,
        case.estate.place,
        case.declared.digest,
        judged,
        tuple(wanted),
    )


def _judge(one: Rule, node: ModelObject, case: Context, found: list[Finding]) -> None:
    try:
        for fault in one.check(node, case):
            found.append(_finding(one, node, case, fault))
    except UnknownValueError as doubt:
        found.append(_doubt("undecided", one, node, case, doubt.what, doubt.why))
    except Exception as mistake:  # an error inside a rule denies, whatever it is
        found.append(_doubt("failed", one, node, case, "", f"{type(mistake).__name__}: {mistake}"))


def _finding(one: Rule, node: ModelObject, case: Context, fault: Violation) -> Finding:
    data = one.data
    state = fault.get("state", Status.FIRES)
    return Finding(
        rule=one.id,
        severity=Severity(data["severity"]),
        state=state,
        kind=one.over,
        subject=node.id,
        view=case.estate.view,
        values={key: value for key, value in fault.items() if key not in ("see", "state")},
        texts=words.common()["to_be_seen"] if state is Status.TO_BE_SEEN else data,
        basis=tuple(data.get("basis", ())),
        leaks=tuple(data.get("leaks", ())),
        waiver=data["waiver"],
        at=node.at,
        see=tuple(place for place in fault.get("see", ()) if place),
        drift=data.get("drift", "") if case.estate.view == "running" else "",
    )


def _doubt(kind: str, one: Rule, node: ModelObject, case: Context, what: Any, why: str) -> Finding:
    """A finding that says that a rule could not be evaluated: it denies whatever the rule's own severity."""
    data = one.data
    named = Name(*(words.word("kind", one.over, lang) for lang in words.LANGS))
    return Finding(
        rule=one.id,
        severity=Severity.DENY,
        state=Status.UNDECIDED,
        kind=one.over,
        subject=_id(node),
        view=case.estate.view,
        values={"kind": named, "subject": _id(node), "rule": one.id, "what": what, "why": why_of(why)},
        texts=words.common()[kind],
        basis=tuple(data.get("basis", ())),
        leaks=tuple(data.get("leaks", ())),
        waiver=data["waiver"],
        at=node.at,
        why=why,
    )


def _id(node: ModelObject) -> str:
    return node.id if node.knows("id") else node.at or "?"


def why_of(word: str) -> str | Name:
    """A reason in both languages where it is one of the common ones, else as it came from below."""
    known = words.common()["why"].get(word)
    return word if known is None else Name(*(known[lang] for lang in words.LANGS))
