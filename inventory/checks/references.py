"""BP014: every id that a field refers to exists."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterator
from typing import NamedTuple

from inventory.checks.draft import FILE_OF, WHAT, DraftBlueprint
from inventory.model.agencies import AgencyKind
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import HostKind
from inventory.model.systems import Level, System
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text, listed, one_of

MAX_SUGGESTIONS = 20
"""Number of unknown ids for which similar ids are suggested; each suggestion compares all existing ids."""
END_PARTS = {"segment": "segments", "host": "hosts", "vantage": "vantages", "system": "systems"}


class Reference(NamedTuple):
    """A field that refers to an entry of a list."""

    name: str
    part: str
    at: SourceLocation


def references(d: DraftBlueprint) -> Iterator[Problem]:
    """BP014, for every field that refers to an entry. Entries that were left out count as existing."""
    b = d.blueprint
    existing = {part: dict.fromkeys(str(entry.id) for entry in getattr(b, part)) for part in WHAT}
    for part in existing:
        existing[part] |= dict.fromkeys(sorted(d.left_out.get(part, ())))
    suggestions = MAX_SUGGESTIONS
    for name, part, at in _references(d):
        if name in existing[part] or part in d.unknown:
            continue
        near = difflib.get_close_matches(name, existing[part], 1) if suggestions > 0 else []
        suggestions -= 1
        advice = Text(f"是否应为 {near[0]}？否则", f"did you mean {near[0]}? If not, ") if near else Text("", "")
        values = {"value": name, "what": WHAT[part], "expected": one_of(existing[part]), "file": FILE_OF[part]}
        yield Problem("BP014", at, values | {"advice": advice})
    yield from _kinds(b)
    yield from _jurisdictions(d)


def _references(d: DraftBlueprint) -> Iterator[Reference]:
    b = d.blueprint
    if d.complete("district"):
        yield Reference(b.district.authority, "agencies", b.district.at("authority"))
    if d.complete("platform"):
        yield Reference(b.platform, "systems", d.at("exchange", "platform"))
    yield from _of_endpoints(b)
    yield from _of_flows(b)
    for system in b.systems:
        yield from _of_system(system)
    for resource in b.resources:
        yield Reference(resource.provider, "agencies", resource.at("provider"))
    for exchange in b.exchanges:
        yield Reference(exchange.resource, "resources", exchange.at("resource"))
        yield Reference(exchange.provider, "agencies", exchange.at("provider"))
        yield Reference(exchange.consumer, "agencies", exchange.at("consumer"))
    yield from _of_programme(b)
    for site in d.sites:
        for index, name in enumerate(site.agencies):
            yield Reference(name, "agencies", site.at("agencies", index))
        for name in site.vlans:
            yield Reference(name, "segments", site.key("vlans", name))


def _of_endpoints(b: Blueprint) -> Iterator[Reference]:
    for segment in b.segments:
        if segment.agency is not None:
            yield Reference(segment.agency, "agencies", segment.at("agency"))
    for host in b.hosts:
        if host.agency is not None:
            yield Reference(host.agency, "agencies", host.at("agency"))
        for interface in host.interfaces:
            yield Reference(interface, "segments", host.key("interfaces", interface))
    for vantage in b.vantages:
        yield Reference(vantage.segment, "segments", vantage.at("segment"))


def _of_flows(b: Blueprint) -> Iterator[Reference]:
    for flow in b.flows:
        yield Reference(flow.owner, "agencies", flow.at("owner"))
        for field, end in (("from", flow.source), ("to", flow.target)):
            kind, _, name = end.partition(":")
            if kind in END_PARTS:
                yield Reference(name, END_PARTS[kind], flow.at(field))


def _of_system(system: System) -> Iterator[Reference]:
    yield Reference(system.agency, "agencies", system.at("agency"))
    if system.project is not None:
        yield Reference(system.project, "tasks", system.at("project"))
    lists = {"produces": "resources", "consumes": "resources", "reuses": "systems", "deployed_at": "hosts"}
    for field, part in lists.items():
        for index, name in enumerate(getattr(system, field)):
            yield Reference(name, part, system.at(field, index))


def _of_programme(b: Blueprint) -> Iterator[Reference]:
    for task in b.tasks:
        yield Reference(task.lead, "agencies", task.at("lead"))
        for index, name in enumerate(task.delivers):
            yield Reference(name, "systems", task.at("delivers", index))
    for hall in b.service_halls:
        yield Reference(hall.operator, "agencies", hall.at("operator"))
        yield Reference(hall.segment, "segments", hall.at("segment"))


def _kinds(b: Blueprint) -> Iterator[Problem]:
    """BP009: a flow with an unknown kind of host."""
    kinds = [str(kind) for kind in HostKind]
    for flow in b.flows:
        for field, end in (("from", flow.source), ("to", flow.target)):
            kind, _, name = end.partition(":")
            if kind == "kind" and name not in kinds:
                values = {"key": field, "value": end, "expected": one_of(f"kind:{item}" for item in kinds)}
                yield Problem("BP009", flow.at(field), values)


def _jurisdictions(d: DraftBlueprint) -> Iterator[Problem]:
    """BP077: the jurisdiction of a district system is the district, that of a street system a street or town.

    The blueprint has no list of cities and provinces, so other levels are not checked.
    """
    b = d.blueprint
    streets = [agency.id for agency in b.agencies if agency.kind in (AgencyKind.TOWN, AgencyKind.STREET)]
    for system in b.systems:
        if system.level is Level.DISTRICT and d.complete("district"):
            allowed: Container[str] = (b.district.id,)
        elif system.level is Level.STREET and d.complete("agencies"):
            allowed = streets
        else:
            continue
        if system.jurisdiction not in allowed:
            expected = b.district.id if system.level is Level.DISTRICT else listed(streets)
            values = {"system": system.id, "level": system.level, "value": system.jurisdiction, "expected": expected}
            yield Problem("BP077", system.at("jurisdiction"), values)
