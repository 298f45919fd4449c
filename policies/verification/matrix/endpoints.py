"""Endpoints that send or receive probes, and the addresses of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from inventory.model.addressing import GATEWAYS, VIRTUAL_GATEWAY, Pair, addresses, engine_number, probe_number
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.zones import LocationId, Segment, SegmentKind


class EndpointKind(StrEnum):
    SEGMENT = "segment"
    """A bare namespace in the segment, without rules; flows of the whole segment apply to it."""
    PEER = "peer"
    """A second bare namespace in the segment, for positive controls; not a vantage point."""
    VANTAGE = "vantage"
    """A vantage point of the blueprint, without rules."""
    HOST = "host"
    ENGINE = "engine"
    """The namespace of an engine, which has no network by design."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    kind: EndpointKind
    id: str
    location: LocationId
    interfaces: Mapping[str, tuple[Pair, ...]]
    """Segment -> its addresses there."""
    gateway: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def bare(self) -> bool:
        """Whether it has no rules of its own."""
        return self.kind in (EndpointKind.SEGMENT, EndpointKind.PEER, EndpointKind.VANTAGE)


def endpoints(blueprint: Blueprint) -> tuple[Endpoint, ...]:
    """All endpoints of the deployed subset: segments with their peers, vantage points, hosts, engines."""
    return (
        *(_bare(EndpointKind.SEGMENT, segment, 0) for segment in blueprint.segments),
        *(_bare(EndpointKind.PEER, segment, 1) for segment in blueprint.segments if not restricted(segment)),
        *(
            Endpoint(
                EndpointKind.VANTAGE,
                vantage.id,
                vantage.location,
                {vantage.segment: (blueprint.addresses(vantage, vantage.segment),)},
            )
            for vantage in blueprint.vantages
            if vantage.segment in blueprint.segment
        ),
        *(_host(blueprint, host) for host in blueprint.hosts),
        *(_engine(blueprint, location) for location in LocationId),
    )


def restricted(segment: Segment) -> bool:
    """Whether the segment isolates its members: in management segments only the bastion is reachable."""
    return segment.kind is SegmentKind.MANAGEMENT


def _bare(kind: EndpointKind, segment: Segment, offset: int) -> Endpoint:
    pair = addresses(segment, probe_number(segment) + offset)
    return Endpoint(kind, segment.id, segment.location, {segment.id: (pair,)})


def _host(blueprint: Blueprint, host: Host) -> Endpoint:
    interfaces = {interface: tuple(_addresses(blueprint, host, interface)) for interface in host.interfaces}
    return Endpoint(EndpointKind.HOST, host.id, host.location, interfaces, host.kind is HostKind.GATEWAY)


def _addresses(blueprint: Blueprint, host: Host, interface: str) -> Iterator[Pair]:
    segment = blueprint.segment[interface]
    yield addresses(segment, host.interfaces[interface])
    if host.kind is HostKind.GATEWAY and host.interfaces[interface] == GATEWAYS[0] and not restricted(segment):
        yield addresses(segment, VIRTUAL_GATEWAY)


def _engine(blueprint: Blueprint, location: LocationId) -> Endpoint:
    interfaces = {
        segment.id: (addresses(segment, engine_number(segment)),) for segment in blueprint.segments_at(location)
    }
    return Endpoint(EndpointKind.ENGINE, location.value, location, interfaces)
