"""Flows: each has an owner, a purpose, an approval number and dates, and none allows any to any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.gate.core.context import Context
from policies.gate.core.rule import number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Flow
from policies.gate.model.unknown import UnknownValueError

NEVER = "never"
DECLARED = ("declared",)


@rule("FLOW-001", over="flows", views=DECLARED)
def facts_missing(flow: Flow, context: Context) -> Iterator[Violation]:
    needed = {
        "owner": flow.owner if flow.owner in context.declared.agency else "",
        "purpose": flow.purpose_zh and flow.purpose_en,
        "approval": flow.approval,
        "not_before": flow.not_before,
        "expires": flow.expires,
    }
    missing = sorted(name for name, value in needed.items() if not value)
    if missing:
        yield {"flow": flow.id, "missing": missing}


@rule("FLOW-002", over="flows", views=DECLARED)
def any_to_any(flow: Flow, context: Context) -> Iterator[Violation]:
    """From a whole segment to a whole segment, or a service without a port."""
    open_services = [service for service in flow.services if service != "icmp" and "/" not in service]
    whole = flow.source.startswith("segment:") and flow.target.startswith("segment:") and flow.services != ("icmp",)
    if open_services or whole:
        yield {"flow": flow.id, "source": flow.source, "target": flow.target, "services": flow.services}


@rule("FLOW-003", over="flows", views=DECLARED)
def past_its_date(flow: Flow, context: Context) -> Iterator[Violation]:
    if flow.expires != NEVER and _day(flow.expires, "expires") < context.day:
        yield {"flow": flow.id, "expires": flow.expires}


@rule("FLOW-004", over="flows", views=DECLARED)
def ends_soon(flow: Flow, context: Context) -> Iterator[Violation]:
    days = number("FLOW-004", "days")
    if flow.expires != NEVER and 0 <= (_day(flow.expires, "expires") - context.day).days <= days:
        yield {"flow": flow.id, "expires": flow.expires, "days": days}


@rule("FLOW-005", over="flows", views=DECLARED)
def agency_to_agency(flow: Flow, context: Context) -> Iterator[Violation]:
    """From one agency's private segment into another's: exchange must pass the platform."""
    pairs = sorted({(a, b) for a in flow.source_agencies for b in flow.target_agencies if a != b})
    for source, target in pairs:
        yield {"flow": flow.id, "source": source, "target": target, "platform": context.declared.platform}


@rule("FLOW-006", over="flows", views=DECLARED)
def says_nothing_new(flow: Flow, context: Context) -> Iterator[Violation]:
    """An earlier flow allows the same."""
    for other in context.snapshot.flows_between.get((flow.source, flow.target), ()):
        if other is flow:
            return
        same = sorted(set(flow.services) & set(other.services))
        if same:
            yield {"flow": flow.id, "other": other.id, "services": same, "see": [other.at]}


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnknownValueError(field, repr(text)) from None
