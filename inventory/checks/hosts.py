"""Hosts: how many segments each stands in, whose they are, and the parts that gateways and bastions play."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.attachments import working
from inventory.checks.draft import DraftBlueprint
from inventory.model.addressing import GATEWAYS
from inventory.model.hosts import Host, HostKind
from inventory.model.zones import LocationId
from inventory.texts.problems import Problem


def management(d: DraftBlueprint) -> Iterator[Problem]:
    """BP044: in the extranet a host is managed over one leg of its own; the intranet has one segment for all."""
    for host in d.blueprint.hosts:
        count = len(host.interfaces) - len(working(d, host))
        if host.location is LocationId.EXTRANET and count != 1:
            yield Problem("BP044", host.at("interfaces"), {"host": host.id, "value": count})


def interfaces(d: DraftBlueprint) -> Iterator[Problem]:
    """BP021, BP045: a host works in one segment; only gateways join segments and zones."""
    for host in [item for item in d.blueprint.hosts if item.kind is not HostKind.GATEWAY]:
        at_work = working(d, host)
        zones = sorted({segment.zone for segment in at_work})
        if len(zones) > 1:
            yield Problem("BP021", host.at("interfaces"), {"host": host.id, "value": " + ".join(zones)})
        elif len(at_work) != 1:
            yield Problem("BP045", host.at("interfaces"), {"host": host.id, "value": len(at_work)})


def gateways(d: DraftBlueprint) -> Iterator[Problem]:
    """BP046, BP051: a gateway joins segments, and there is none in the intranet."""
    for host in [item for item in d.blueprint.hosts if item.kind is HostKind.GATEWAY]:
        count = len(working(d, host))
        if host.location is LocationId.INTRANET:
            yield Problem("BP051", host.at("kind"), {"host": host.id, "value": host.kind})
        elif count < 2:
            yield Problem("BP046", host.at("interfaces"), {"host": host.id, "value": count})


def agencies(d: DraftBlueprint) -> Iterator[Problem]:
    """BP047, BP048: clients belong to agencies, all other hosts are the machine room's."""
    for host in d.blueprint.hosts:
        client = host.kind is HostKind.CLIENT
        if client and host.agency is None and host.location is LocationId.EXTRANET:
            yield Problem("BP047", host.at("kind"), {"host": host.id, "value": host.kind})
        if not client and host.agency is not None:
            yield Problem("BP048", host.at("agency"), {"host": host.id, "kind": host.kind, "value": host.agency})


def strangers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP049: a host in a private segment of an agency that is not its own."""
    for host in d.blueprint.hosts:
        for segment in [d.blueprint.segment[interface] for interface in host.interfaces]:
            if segment.agency in d.blueprint.agency and _stranger(d, host, str(segment.agency)):
                values = {"host": host.id, "value": segment.id, "agency": segment.agency}
                yield Problem("BP049", host.key("interfaces", segment.id), values)


def _stranger(d: DraftBlueprint, host: Host, agency: str) -> bool:
    """Gateways are at home everywhere; whose a client is has to be known before it can be a stranger."""
    if host.kind is HostKind.CLIENT:
        return host.agency in d.blueprint.agency and host.agency != agency
    return host.kind is not HostKind.GATEWAY


def bastions(d: DraftBlueprint) -> Iterator[Problem]:
    """BP052: each place is operated through one bastion."""
    for location in LocationId:
        found = [host for host in d.blueprint.hosts_at(location) if host.kind is HostKind.BASTION]
        if len(found) != 1:
            at = found[1].at("kind") if found else d.at("hosts", "hosts")
            see = found[0].at("kind") if found else None
            yield Problem("BP052", at, {"location": location, "value": len(found)}, see)


def gateway_numbers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP053: a gateway is the first or the second one everywhere."""
    for host in d.blueprint.hosts:
        numbers = [number for number in host.interfaces.values() if number in GATEWAYS]
        if host.kind is HostKind.GATEWAY and len(set(numbers)) > 1:
            odd = next(interface for interface, number in host.interfaces.items() if number != numbers[0])
            values = {"host": host.id, "value": host.interfaces[odd], "segment": odd, "expected": numbers[0]}
            yield Problem("BP053", host.at("interfaces", odd), values)


def first_gateways(d: DraftBlueprint) -> Iterator[Problem]:
    """BP054: a second gateway where no first one holds the virtual address."""
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
