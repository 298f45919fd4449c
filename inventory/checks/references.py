"""BP014: every id that a field mentions exists."""

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

MOST_GUESSES = 20
"""How many ids a run guesses the meaning of: each guess looks at all that exist."""
END_PARTS = {"segment": "segments", "host": "hosts", "vantage": "vantages", "system": "systems"}


class Mention(NamedTuple):
    """A field that names an entry of a list."""

    name: str
    part: str
    at: SourceLocation


def references(d: DraftBlueprint) -> Iterator[Problem]:
    """BP014, for every field that names an entry; what was left out for its own mistakes exists all the same."""
    b = d.blueprint
    known = {part: dict.fromkeys(str(thing.id) for thing in getattr(b, part)) for part in WHAT}
    for part in known:
        known[part] |= dict.fromkeys(sorted(d.left_out.get(part, ())))
    guesses = MOST_GUESSES
    for name, part, at in _mentions(d):
        if name in known[part] or part in d.unknown:
            continue
        near = difflib.get_close_matches(name, known[part], 1) if guesses > 0 else []
        guesses -= 1
        advice = Text(f"是不是 {near[0]}？否则", f"did you mean {near[0]}? If not, ") if near else Text("", "")
        values = {"value": name, "what": WHAT[part], "expected": one_of(known[part]), "file": FILE_OF[part]}
        yield Problem("BP014", at, values | {"advice": advice})
    yield from _kinds(b)
    yield from _jurisdictions(d)


def _mentions(d: DraftBlueprint) -> Iterator[Mention]:
    b = d.blueprint
    if d.complete("district"):
        yield Mention(b.district.authority, "agencies", b.district.at("authority"))
    if d.complete("platform"):
        yield Mention(b.platform, "systems", d.at("exchange", "platform"))
    yield from _of_endpoints(b)
    yield from _of_flows(b)
    for system in b.systems:
        yield from _of_system(system)
    for resource in b.resources:
        yield Mention(resource.provider, "agencies", resource.at("provider"))
    for exchange in b.exchanges:
        yield Mention(exchange.resource, "resources", exchange.at("resource"))
        yield Mention(exchange.provider, "agencies", exchange.at("provider"))
        yield Mention(exchange.consumer, "agencies", exchange.at("consumer"))
    yield from _of_programme(b)
    for site in d.sites:
        for index, name in enumerate(site.agencies):
            yield Mention(name, "agencies", site.at("agencies", index))
        for name in site.vlans:
            yield Mention(name, "segments", site.key("vlans", name))


def _of_endpoints(b: Blueprint) -> Iterator[Mention]:
    for segment in b.segments:
        if segment.agency is not None:
            yield Mention(segment.agency, "agencies", segment.at("agency"))
    for host in b.hosts:
        if host.agency is not None:
            yield Mention(host.agency, "agencies", host.at("agency"))
        for interface in host.interfaces:
            yield Mention(interface, "segments", host.key("interfaces", interface))
    for vantage in b.vantages:
        yield Mention(vantage.segment, "segments", vantage.at("segment"))


def _of_flows(b: Blueprint) -> Iterator[Mention]:
    for flow in b.flows:
        yield Mention(flow.owner, "agencies", flow.at("owner"))
        for field, end in (("from", flow.source), ("to", flow.target)):
            kind, _, name = end.partition(":")
            if kind in END_PARTS:
                yield Mention(name, END_PARTS[kind], flow.at(field))


def _of_system(system: System) -> Iterator[Mention]:
    yield Mention(system.agency, "agencies", system.at("agency"))
    if system.project is not None:
        yield Mention(system.project, "tasks", system.at("project"))
    lists = {"produces": "resources", "consumes": "resources", "reuses": "systems", "deployed_at": "hosts"}
    for field, part in lists.items():
        for index, name in enumerate(getattr(system, field)):
            yield Mention(name, part, system.at(field, index))


def _of_programme(b: Blueprint) -> Iterator[Mention]:
    for task in b.tasks:
        yield Mention(task.lead, "agencies", task.at("lead"))
        for index, name in enumerate(task.delivers):
            yield Mention(name, "systems", task.at("delivers", index))
    for hall in b.service_halls:
        yield Mention(hall.operator, "agencies", hall.at("operator"))
        yield Mention(hall.segment, "segments", hall.at("segment"))


def _kinds(b: Blueprint) -> Iterator[Problem]:
    """BP009: a flow's end that names no kind of host; that vocabulary is closed."""
    kinds = [str(kind) for kind in HostKind]
    for flow in b.flows:
        for field, end in (("from", flow.source), ("to", flow.target)):
            kind, _, name = end.partition(":")
            if kind == "kind" and name not in kinds:
                values = {"key": field, "value": end, "expected": one_of(f"kind:{item}" for item in kinds)}
                yield Problem("BP009", flow.at(field), values)


def _jurisdictions(d: DraftBlueprint) -> Iterator[Problem]:
    """BP077: a system of the district serves the district, one of a street or town serves that.

    Cities, provinces and the nation have no list here, so theirs is not judged.
    """
    b = d.blueprint
    streets = [agency.id for agency in b.agencies if agency.kind in (AgencyKind.TOWN, AgencyKind.STREET)]
    for system in b.systems:
        if system.level is Level.DISTRICT and d.complete("district"):
            known: Container[str] = (b.district.id,)
        elif system.level is Level.STREET and d.complete("agencies"):
            known = streets
        else:
            continue
        if system.jurisdiction not in known:
            right = b.district.id if system.level is Level.DISTRICT else listed(streets)
            values = {"system": system.id, "level": system.level, "value": system.jurisdiction, "expected": right}
            yield Problem("BP077", system.at("jurisdiction"), values)
