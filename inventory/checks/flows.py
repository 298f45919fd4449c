"""Flows: dates, ends, locations, gateways, and duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from inventory.checks.draft import DraftBlueprint, grouped
from inventory.model.flows import Family, Flow
from inventory.model.hosts import HostKind
from inventory.model.paths import joined
from inventory.texts.problems import Problem

ALL_KINDS = frozenset(HostKind)


def dates(d: DraftBlueprint) -> Iterator[Problem]:
    """BP018, BP019: a flow that has expired, or that expires before it starts."""
    for flow in d.blueprint.flows:
        if flow.expires == "never":
            continue
        values = {"flow": flow.id, "value": flow.expires}
        if flow.expires < flow.not_before:
            yield Problem("BP019", flow.at("expires"), values | {"begins": flow.not_before}, flow.at("not_before"))
        elif flow.expires < d.day:
            yield Problem("BP018", flow.at("expires"), values | {"today": d.day})


def ends(d: DraftBlueprint) -> Iterator[Problem]:
    """BP027, BP056: a flow to its own source, or to a vantage point, which provides no service."""
    for flow in d.blueprint.flows:
        if flow.source == flow.target and not flow.source.startswith("kind:"):
            yield Problem("BP027", flow.at("to"), {"flow": flow.id, "value": flow.target}, flow.at("from"))
        if flow.target.startswith("vantage:"):
            yield Problem("BP056", flow.at("to"), {"flow": flow.id, "value": flow.target})


def twice(d: DraftBlueprint) -> Iterator[Problem]:
    """BP057: two flows that declare the same path for the same days."""
    paths = [(flow, service) for flow in d.blueprint.flows for service in dict.fromkeys(flow.service)]
    for group in grouped(paths, lambda item: (item[0].source, item[0].target, item[1])):
        first, service = group[0]
        for flow, _ in group[1:]:
            if flow.id != first.id and _overlap(first, flow):
                values = {"flow": flow.id, "value": service, "other": first.id}
                yield Problem("BP057", flow.at("service"), values, first.at("service"))


def _overlap(flow: Flow, other: Flow) -> bool:
    """Whether two flows share a day and a family."""
    families = flow.family is other.family or Family.BOTH in (flow.family, other.family)
    return families and _end(flow) >= other.not_before and _end(other) >= flow.not_before


def _end(flow: Flow) -> date:
    return flow.expires if isinstance(flow.expires, date) else date.max


def locations(d: DraftBlueprint) -> Iterator[Problem]:
    """BP020: a flow between the intranet and the extranet location."""
    b = d.blueprint
    for flow in b.flows:
        if any(b.segment[source].location != b.segment[target].location for source, target in joined(b, flow)):
            yield Problem("BP020", flow.at("to"), {"flow": flow.id, "value": flow.target, "source": flow.source})


def gateways(d: DraftBlueprint) -> Iterator[Problem]:
    """BP031: a flow between two segments that no gateway connects."""
    b = d.blueprint
    for flow in b.flows:
        for source, target in joined(b, flow):
            if source == target or b.segment[source].location != b.segment[target].location:
                continue
            if not any(target in gateway.interfaces for gateway in b.gateways_of(source)):
                values = {"flow": flow.id, "value": f"{source} -> {target}"}
                yield Problem("BP031", flow.at("to"), values)


def without_hosts(d: DraftBlueprint) -> Iterator[Problem]:
    """BP058: a flow from or to a system without hosts or a kind without hosts; it would allow nothing."""
    b = d.blueprint
    kinds = {host.kind for host in b.hosts}
    for flow in b.flows:
        for field, end in (("from", flow.source), ("to", flow.target)):
            kind, _, name = end.partition(":")
            system = b.system.get(name) if kind == "system" else None
            empty = system is not None and not system.deployed_at and system.deployment is None
            if empty or (kind == "kind" and name in ALL_KINDS - kinds):
                yield Problem("BP058", flow.at(field), {"flow": flow.id, "value": end})
