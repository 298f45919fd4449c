"""Interfaces of hosts and vantage points: allowed segments, and unique numbers in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inventory.checks.draft import WHAT, DraftBlueprint, grouped
from inventory.model.addressing import FIRST_FREE, GATEWAYS, numbers_for
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import Segment, SegmentKind
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text, one_of

ALLOWED_KINDS: dict[HostKind, tuple[SegmentKind, ...]] = {
    HostKind.BASTION: (SegmentKind.OPERATIONS, SegmentKind.INTRANET),
    HostKind.INFRASTRUCTURE: (
        SegmentKind.SHARED,
        SegmentKind.CLOUD,
        SegmentKind.OPERATIONS,
        SegmentKind.INTRANET,
    ),
    HostKind.PORTAL: (SegmentKind.DMZ,),
    HostKind.CLOUD_NODE: (SegmentKind.CLOUD,),
    HostKind.CLIENT: (SegmentKind.PRIVATE, SegmentKind.SHARED, SegmentKind.INTRANET),
}
"""Kind of host -> kinds of segments for its service interface; a gateway may use all of them."""
VANTAGE_KINDS = (SegmentKind.INTERNET_ACCESS, SegmentKind.OPERATIONS, SegmentKind.INTRANET)
"""Kinds of segments that a vantage point may be in."""


class DeclaredInterface(NamedTuple):
    """An interface of a host or vantage point in an existing segment."""

    endpoint: Host | Vantage
    segment: Segment
    number: int
    at: SourceLocation

    @property
    def named_at(self) -> SourceLocation:
        """Source location of the segment's name; `at` is that of the number."""
        if isinstance(self.endpoint, Vantage):
            return self.endpoint.at("segment")
        return self.endpoint.key("interfaces", self.segment.id)

    @property
    def gateway(self) -> bool:
        return isinstance(self.endpoint, Host) and self.endpoint.kind is HostKind.GATEWAY


def _interfaces(d: DraftBlueprint) -> list[DeclaredInterface]:
    b = d.blueprint
    endpoints = [
        DeclaredInterface(host, b.segment[interface], number, host.at("interfaces", interface))
        for host in b.hosts
        for interface, number in host.interfaces.items()
        if interface in b.segment
    ]
    return endpoints + [
        DeclaredInterface(vantage, b.segment[vantage.segment], vantage.number, vantage.at("number"))
        for vantage in b.vantages
        if vantage.segment in b.segment
    ]


def numbers_taken(d: DraftBlueprint) -> Iterator[Problem]:
    """BP015: two endpoints with the same number in a segment."""
    interfaces = _interfaces(d)
    taken = {(interface.segment.id, interface.number) for interface in interfaces}
    for first, *others in grouped(interfaces, lambda interface: (interface.segment.id, interface.number)):
        for other in others:
            values = {
                "value": other.number,
                "segment": other.segment.id,
                "endpoint": other.endpoint.id,
                "other": first.endpoint.id,
                "advice": _free(other, taken),
            }
            yield Problem("BP015", other.at, values, first.at)


def numbers_usable(d: DraftBlueprint) -> Iterator[Problem]:
    """BP016: a number that is reserved, or outside the segment."""
    interfaces = _interfaces(d)
    taken = {(interface.segment.id, interface.number) for interface in interfaces}
    for interface in interfaces:
        allowed = numbers_for(interface.segment, interface.gateway)
        if allowed and interface.number not in allowed:
            values = {
                "value": interface.number,
                "segment": interface.segment.id,
                "endpoint": interface.endpoint.id,
                "expected": _span(interface, allowed),
                "why": _why(interface, allowed[-1]),
                "advice": _free(interface, taken),
            }
            yield Problem("BP016", interface.at, values)


def _why(interface: DeclaredInterface, last: int) -> Text:
    if interface.gateway:
        return Text(
            f"网关只能使用 {GATEWAYS[0]} 和 {GATEWAYS[-1]}，1 是网关共用的虚拟地址",
            f"gateways have the numbers {GATEWAYS[0]} and {GATEWAYS[-1]}, and 1 is their shared virtual address",
        )
    if interface.number < FIRST_FREE:
        return Text(f"{FIRST_FREE} 以下保留给网关", f"numbers below {FIRST_FREE} are reserved for gateways")
    return Text(
        f"{last} 以上保留给 Docker 引擎和探针，或超出网段",
        f"numbers above {last} are reserved for the docker engine and probes, or outside the segment",
    )


def _span(interface: DeclaredInterface, allowed: range) -> Text:
    if interface.gateway:
        return Text(f"{allowed[0]} 或 {allowed[-1]}", f"{allowed[0]} or {allowed[-1]}")
    return Text(f"{allowed[0]} 至 {allowed[-1]} 的地址号", f"a number from {allowed[0]} to {allowed[-1]}")


def _free(interface: DeclaredInterface, taken: set[tuple[str, int]]) -> Text:
    free = next(
        (n for n in numbers_for(interface.segment, interface.gateway) if (interface.segment.id, n) not in taken), None
    )
    return Text("", "") if free is None else Text(f"，例如 {free}", f", for example {free}")


def locations(d: DraftBlueprint) -> Iterator[Problem]:
    """BP043: an interface in a segment of the other location."""
    for interface in _interfaces(d):
        if interface.segment.location != interface.endpoint.location:
            values = {
                "what": _what(interface.endpoint),
                "endpoint": interface.endpoint.id,
                "value": interface.segment.id,
                "location": interface.segment.location,
                "expected": interface.endpoint.location,
            }
            yield Problem("BP043", interface.named_at, values)


def _what(endpoint: Host | Vantage) -> Text:
    return WHAT["hosts" if isinstance(endpoint, Host) else "vantages"]


def kinds(d: DraftBlueprint) -> Iterator[Problem]:
    """BP050: a host or vantage point in a segment whose kind is not allowed for it."""
    for interface in _interfaces(d):
        allowed = allowed_kinds(interface.endpoint)
        if interface.segment.kind not in allowed and not _exempt(d, interface):
            values = {
                "what": _what(interface.endpoint),
                "endpoint": interface.endpoint.id,
                "segment": interface.segment.id,
                "value": interface.segment.kind,
                "expected": one_of(allowed),
            }
            yield Problem("BP050", interface.named_at, values)


def allowed_kinds(endpoint: Host | Vantage) -> tuple[SegmentKind, ...]:
    """The kinds of segments that the endpoint's service interface may be in."""
    return ALLOWED_KINDS.get(endpoint.kind, tuple(SegmentKind)) if isinstance(endpoint, Host) else VANTAGE_KINDS


def working(d: DraftBlueprint, host: Host) -> list[Segment]:
    """The segments of a host's service interfaces. All of its segments must exist."""
    return [d.blueprint.segment[interface] for interface in d.blueprint.working_interfaces(host)]


def _exempt(d: DraftBlueprint, interface: DeclaredInterface) -> bool:
    """Management interfaces are allowed for every host, and interfaces in several zones are reported as BP021."""
    if isinstance(interface.endpoint, Vantage):
        return False
    return (
        interface.segment.kind is SegmentKind.MANAGEMENT
        or len({item.zone for item in working(d, interface.endpoint)}) > 1
    )
