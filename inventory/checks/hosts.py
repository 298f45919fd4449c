"""Hosts: number of interfaces, agencies, gateways and bastions."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.attachments import working
from inventory.checks.draft import DraftBlueprint
from inventory.model.addressing import GATEWAYS
from inventory.model.hosts import Host, HostKind
from inventory.model.zones import LocationId
from inventory.texts.problems import Problem


def management(d: DraftBlueprint) -> Iterator[Problem]:
    """BP044: an extranet host has exactly one management interface; the intranet has one segment for everything."""
    for host in d.blueprint.hosts:
        count = len(host.interfaces) - len(working(d, host))
        if host.location is LocationId.EXTRANET and count != 1:
            yield Problem("BP044", host.at("interfaces"), {"host": host.id, "value": count})


def interfaces(d: DraftBlueprint) -> Iterator[Problem]:
    """BP021, BP045: a host has one service interface; only gateways connect segments and zones."""
    for host in [item for item in d.blueprint.hosts if item.kind is not HostKind.GATEWAY]:
        segments = working(d, host)
        zones = sorted({segment.zone for segment in segments})
        if len(zones) > 1:
            yield Problem("BP021", host.at("interfaces"), {"host": host.id, "value": " + ".join(zones)})
        elif len(segments) != 1:
            yield Problem("BP045", host.at("interfaces"), {"host": host.id, "value": len(segments)})


def gateways(d: DraftBlueprint) -> Iterator[Problem]:
    """BP046, BP051: a gateway connects segments, and the intranet has none."""
    for host in [item for item in d.blueprint.hosts if item.kind is HostKind.GATEWAY]:
        count = len(working(d, host))
        if host.location is LocationId.INTRANET:
            yield Problem("BP051", host.at("kind"), {"host": host.id, "value": host.kind})
        elif count < 2:
            yield Problem("BP046", host.at("interfaces"), {"host": host.id, "value": count})


def agencies(d: DraftBlueprint) -> Iterator[Problem]:
    """BP047, BP048: clients belong to agencies, all other hosts to the machine room."""
    for host in d.blueprint.hosts:
        client = host.kind is HostKind.CLIENT
        if client and host.agency is None and host.location is LocationId.EXTRANET:
            yield Problem("BP047", host.at("kind"), {"host": host.id, "value": host.kind})
        if not client and host.agency is not None:
            yield Problem("BP048", host.at("agency"), {"host": host.id, "kind": host.kind, "value": host.agency})


def foreign_segments(d: DraftBlueprint) -> Iterator[Problem]:
    """BP049: a host in the private segment of another agency."""
    for host in d.blueprint.hosts:
        for segment in [d.blueprint.segment[interface] for interface in host.interfaces]:
            if segment.agency in d.blueprint.agency and _foreign(d, host, str(segment.agency)):
                values = {"host": host.id, "value": segment.id, "agency": segment.agency}
                yield Problem("BP049", host.key("interfaces", segment.id), values)


def _foreign(d: DraftBlueprint, host: Host, agency: str) -> bool:
    """Gateways may be in every segment; nothing is reported for a client whose own agency does not exist."""
    if host.kind is HostKind.CLIENT:
        return host.agency in d.blueprint.agency and host.agency != agency
    return host.kind is not HostKind.GATEWAY


def bastions(d: DraftBlueprint) -> Iterator[Problem]:
    """BP052: each location has exactly one bastion."""
    for location in LocationId:
        bastions = [host for host in d.blueprint.hosts_at(location) if host.kind is HostKind.BASTION]
        if len(bastions) != 1:
            at = bastions[1].at("kind") if bastions else d.at("hosts", "hosts")
            see = bastions[0].at("kind") if bastions else None
            yield Problem("BP052", at, {"location": location, "value": len(bastions)}, see)


def gateway_numbers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP053: a gateway has the same number in all segments."""
    for host in d.blueprint.hosts:
        numbers = [number for number in host.interfaces.values() if number in GATEWAYS]
        if host.kind is HostKind.GATEWAY and len(set(numbers)) > 1:
            odd = next(interface for interface, number in host.interfaces.items() if number != numbers[0])
            values = {"host": host.id, "value": host.interfaces[odd], "segment": odd, "expected": numbers[0]}
            yield Problem("BP053", host.at("interfaces", odd), values)


def first_gateways(d: DraftBlueprint) -> Iterator[Problem]:
    """BP054: a second gateway in a segment without a first, which would hold the virtual address."""
    for segment in d.blueprint.segments:
        gateways = d.blueprint.gateways_of(segment.id)
        if gateways and all(host.interfaces[segment.id] == GATEWAYS[-1] for host in gateways):
            host = gateways[0]
            values = {
                "host": host.id,
                "segment": segment.id,
                "value": host.interfaces[segment.id],
                "expected": GATEWAYS[0],
            }
            yield Problem("BP054", host.at("interfaces", segment.id), values)
