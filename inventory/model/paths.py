"""Declared flows spelled out: for each flow, which addresses in which segment may begin, which may answer.

Everything that needs to know what may pass reads these paths: the rulesets, the proof, the packet matrix, the gate.
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
    """One end of a path, in one segment: its prefixes and, where it means certain hosts, those."""

    segment: str
    ipv4: tuple[IPv4Network, ...]
    ipv6: tuple[IPv6Network, ...]
    hosts: tuple[str, ...] = ()
    """The hosts that it means; none for a person's vantage point."""
    whole: bool = False
    """Whether it means everybody in the segment."""
    public: bool = False
    """Whether it stands for everybody outside the district."""


@dataclass(frozen=True, slots=True)
class Path:
    """What one flow lets pass: from the addresses of one end to those of the other, for one service."""

    flow: str
    source: End
    target: End
    service: Service

    @property
    def crosses(self) -> bool:
        """Whether it leaves its segment, and so needs a gateway."""
        return self.source.segment != self.target.segment


def paths(blueprint: Blueprint, day: date) -> tuple[Path, ...]:
    """All paths that hold on that day, in the order of the flows. A flow past its date opens nothing."""
    return tuple(path for flow in blueprint.flows if flow.holds(day) for path in paths_of(blueprint, flow))


def paths_of(blueprint: Blueprint, flow: Flow) -> Iterator[Path]:
    """The paths of one flow, whatever the day. Ends that this blueprint does not build give none."""
    for source, target in _ends(blueprint, flow):
        begin, answer = _limited(source, flow.family), _limited(target, flow.family)
        for service in flow.services:
            yield Path(flow.id, begin, answer, service)


def _limited(end: End, family: Family) -> End:
    """The end without the addresses of a family that its flow is not for."""
    if family is Family.IPV4:
        return replace(end, ipv6=())
    return replace(end, ipv4=()) if family is Family.IPV6 else end


Station = Host | Vantage | str
"""Who stands at an end: a host, a vantage point, or (a segment's id) everybody in it."""
Stations = tuple[Station, ...]


def joined(blueprint: Blueprint, flow: Flow) -> dict[tuple[str, str], tuple[Stations, Stations]]:
    """The segments that a flow joins, (source, target), and who is at either end; no addresses needed.

    A host needs no path to itself. But if it is the only one at both ends (a cluster of one node), its services are
    declared all the same.
    """
    pairs: dict[tuple[str, str], tuple[dict[str, Station], dict[str, Station]]] = {}
    sources, targets = _endpoints(blueprint, flow.source), _endpoints(blueprint, flow.target)
    for source in sources:
        for target in targets:
            alone = flow.source.startswith("kind:") and sources == targets == [source]
            where = None if source == target and not alone else meeting(blueprint, source, target)
            if where is not None:
                begin, answer = pairs.setdefault(where, ({}, {}))
                begin[_name(source)], answer[_name(target)] = source, target
    return {where: (tuple(begin.values()), tuple(answer.values())) for where, (begin, answer) in pairs.items()}


def _name(endpoint: Station) -> str:
    return endpoint if isinstance(endpoint, str) else endpoint.id


def _ends(blueprint: Blueprint, flow: Flow) -> Iterator[tuple[End, End]]:
    """Pairs of ends; hosts of one kind that stand in one segment make one end."""
    for (source, target), (begin, answer) in joined(blueprint, flow).items():
        yield _end(blueprint, begin, source), _end(blueprint, answer, target)


def _endpoints(blueprint: Blueprint, end: str) -> list[Station]:
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


def meeting(blueprint: Blueprint, source: Station, target: Station) -> tuple[str, str] | None:
    """Over which segments two stations meet: one that they share, else their working legs; None where none exists.

    A management leg is used only where an end names the management segment itself.
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


def _interfaces(blueprint: Blueprint, endpoint: Station) -> tuple[str, ...]:
    if isinstance(endpoint, str):
        return (endpoint,)
    return (endpoint.segment,) if isinstance(endpoint, Vantage) else blueprint.working_interfaces(endpoint)


def _end(blueprint: Blueprint, endpoints: Stations, segment: str) -> End:
    one = endpoints[0]
    if isinstance(one, str):
        return End(segment, (blueprint.segment[one].ipv4,), (blueprint.segment[one].ipv6,), whole=True)
    if isinstance(one, Vantage) and blueprint.segment[segment].kind is SegmentKind.INTERNET_ACCESS:
        return End(segment, (EVERYBODY[0],), (EVERYBODY[1],), public=True)
    pairs = [blueprint.addresses(endpoint, segment) for endpoint in endpoints if not isinstance(endpoint, str)]
    return End(
        segment,
        tuple(IPv4Network(pair.ipv4) for pair in pairs),
        tuple(IPv6Network(pair.ipv6) for pair in pairs),
        tuple(endpoint.id for endpoint in endpoints if isinstance(endpoint, Host)),
    )
