"""Paths of the declared flows: source and target addresses in their segments, for each service.

Rulesets, network proof, packet matrix and gate all use these paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import IPv4Network, IPv6Network

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Family, Flow, Service
from inventory.model.hosts import Host, Vantage
from inventory.model.zones import SegmentKind

EVERYBODY = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a path, in one segment: prefixes, and hosts if the end means individual hosts."""

    segment: str
    ipv4: tuple[IPv4Network, ...]
    ipv6: tuple[IPv6Network, ...]
    hosts: tuple[str, ...] = ()
    """Its hosts; empty for a vantage point."""
    whole: bool = False
    """Whether it means the whole segment."""
    public: bool = False
    """Whether it means all addresses outside the district."""


@dataclass(frozen=True, slots=True)
class Path:
    """Traffic that a flow allows: from the source's addresses to the target's, for one service."""

    flow: str
    source: End
    target: End
    service: Service

    @property
    def crosses(self) -> bool:
        """Whether source and target are in different segments, so that the path needs a gateway."""
        return self.source.segment != self.target.segment


def paths(blueprint: Blueprint, day: date) -> tuple[Path, ...]:
    """All paths that are in force on that day, in the order of the flows."""
    return tuple(path for flow in blueprint.flows if flow.holds(day) for path in paths_of(blueprint, flow))


def paths_of(blueprint: Blueprint, flow: Flow) -> Iterator[Path]:
    """Paths of one flow, on any day. Ends that do not exist in this blueprint have no paths."""
    for source, target in _ends(blueprint, flow):
        source_end, target_end = _limited(source, flow.family), _limited(target, flow.family)
        for service in flow.services:
            yield Path(flow.id, source_end, target_end, service)


def _limited(end: End, family: Family) -> End:
    """The end with the addresses of the flow's family only."""
    if family is Family.IPV4:
        return replace(end, ipv6=())
    return replace(end, ipv4=()) if family is Family.IPV6 else end


PathEndpoint = Host | Vantage | str
"""A host, a vantage point, or the id of a segment, which means the whole segment."""
Endpoints = tuple[PathEndpoint, ...]


def joined(blueprint: Blueprint, flow: Flow) -> dict[tuple[str, str], tuple[Endpoints, Endpoints]]:
    """(source segment, target segment) -> endpoints at both ends. Needs no addresses.

    A host needs no path to itself. But if it is the only one at both ends (a cluster of one node), its services are
    declared nevertheless.
    """
    pairs: dict[tuple[str, str], tuple[dict[str, PathEndpoint], dict[str, PathEndpoint]]] = {}
    sources, targets = _endpoints(blueprint, flow.source), _endpoints(blueprint, flow.target)
    for source in sources:
        for target in targets:
            alone = flow.source.startswith("kind:") and sources == targets == [source]
            where = None if source == target and not alone else meeting(blueprint, source, target)
            if where is not None:
                first, second = pairs.setdefault(where, ({}, {}))
                first[_name(source)], second[_name(target)] = source, target
    return {where: (tuple(first.values()), tuple(second.values())) for where, (first, second) in pairs.items()}


def _name(endpoint: PathEndpoint) -> str:
    return endpoint if isinstance(endpoint, str) else endpoint.id


def _ends(blueprint: Blueprint, flow: Flow) -> Iterator[tuple[End, End]]:
    """Pairs of ends; hosts in the same segment form one end."""
    for (source, target), (sources, destinations) in joined(blueprint, flow).items():
        yield _end(blueprint, sources, source), _end(blueprint, destinations, target)


def _endpoints(blueprint: Blueprint, end: str) -> list[PathEndpoint]:
    kind, _, name = end.partition(":")
    if kind == "segment":
        return [name] if name in blueprint.segment else []
    if kind == "vantage":
        return [blueprint.vantage[name]] if name in blueprint.vantage else []
    if kind == "host":
        return [blueprint.host[name]] if name in blueprint.host else []
    if kind == "kind":
        return [host for host in blueprint.hosts if host.kind == name]
    system = blueprint.system.get(name)
    return [] if system is None else [blueprint.host[at] for at in system.deployed_at if at in blueprint.host]


def meeting(blueprint: Blueprint, source: PathEndpoint, target: PathEndpoint) -> tuple[str, str] | None:
    """Segments of the path between two endpoints: a shared segment, else their service segments; None if there is none.

    A management segment is used only if one of the endpoints is that segment.
    """
    source_interfaces, target_interfaces = _interfaces(blueprint, source), _interfaces(blueprint, target)
    for interface in source_interfaces:
        if interface in target_interfaces:
            return interface, interface
    if isinstance(target, str) and isinstance(source, Host) and target in source.interfaces:
        return target, target
    if isinstance(source, str) and isinstance(target, Host) and source in target.interfaces:
        return source, source
    return (source_interfaces[0], target_interfaces[0]) if source_interfaces and target_interfaces else None


def _interfaces(blueprint: Blueprint, endpoint: PathEndpoint) -> tuple[str, ...]:
    if isinstance(endpoint, str):
        return (endpoint,)
    return (endpoint.segment,) if isinstance(endpoint, Vantage) else blueprint.working_interfaces(endpoint)


def _end(blueprint: Blueprint, endpoints: Endpoints, segment: str) -> End:
    first = endpoints[0]
    if isinstance(first, str):
        return End(segment, (blueprint.segment[first].ipv4,), (blueprint.segment[first].ipv6,), whole=True)
    if isinstance(first, Vantage) and blueprint.segment[segment].kind is SegmentKind.INTERNET_ACCESS:
        return End(segment, (EVERYBODY[0],), (EVERYBODY[1],), public=True)
    pairs = [blueprint.addresses(endpoint, segment) for endpoint in endpoints if not isinstance(endpoint, str)]
    return End(
        segment,
        tuple(IPv4Network(pair.ipv4) for pair in pairs),
        tuple(IPv6Network(pair.ipv6) for pair in pairs),
        tuple(endpoint.id for endpoint in endpoints if isinstance(endpoint, Host)),
    )
