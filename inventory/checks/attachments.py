"""Hosts and vantage points: each stands where its kind may, with numbers of its own."""

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

AT_HOME: dict[HostKind, tuple[SegmentKind, ...]] = {
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
"""Kinds of segments that a host of a kind works in; a gateway stands in any."""
VIEWPOINTS = (SegmentKind.INTERNET_ACCESS, SegmentKind.OPERATIONS, SegmentKind.INTRANET)
"""Kinds of segments that people look from."""


class DeclaredInterface(NamedTuple):
    """One attachment of a host or vantage point to a known segment."""

    endpoint: Host | Vantage
    segment: Segment
    number: int
    at: SourceLocation

    @property
    def named_at(self) -> SourceLocation:
        """Where the segment is named, as `at` is where the number is."""
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
    """BP015: two stations with one number in a segment."""
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
    """BP016: a number that is the machinery's own, or none of the segment's."""
    interfaces = _interfaces(d)
    taken = {(interface.segment.id, interface.number) for interface in interfaces}
    for interface in interfaces:
        right = numbers_for(interface.segment, interface.gateway)
        if right and interface.number not in right:
            values = {
                "value": interface.number,
                "segment": interface.segment.id,
                "endpoint": interface.endpoint.id,
                "expected": _span(interface, right),
                "why": _why(interface, right[-1]),
                "advice": _free(interface, taken),
            }
            yield Problem("BP016", interface.at, values)


def _why(interface: DeclaredInterface, last: int) -> Text:
    if interface.gateway:
        return Text(
            f"网关只用 {GATEWAYS[0]} 和 {GATEWAYS[-1]}，1 是它们共用的虚拟地址",
            f"gateways have {GATEWAYS[0]} and {GATEWAYS[-1]}, and 1 is the virtual address that they share",
        )
    if interface.number < FIRST_FREE:
        return Text(f"{FIRST_FREE} 以下留给网关", f"numbers below {FIRST_FREE} are the gateways'")
    return Text(
        f"{last} 以上留给引擎和探针，或已超出网段",
        f"numbers above {last} are the engine's and the probes', or beyond the segment",
    )


def _span(interface: DeclaredInterface, right: range) -> Text:
    if interface.gateway:
        return Text(f"{right[0]} 或 {right[-1]}", f"{right[0]} or {right[-1]}")
    return Text(f"{right[0]} 至 {right[-1]} 的地址号", f"a number from {right[0]} to {right[-1]}")


def _free(interface: DeclaredInterface, taken: set[tuple[str, int]]) -> Text:
    free = next(
        (n for n in numbers_for(interface.segment, interface.gateway) if (interface.segment.id, n) not in taken), None
    )
    return Text("", "") if free is None else Text(f"，例如 {free}", f", for example {free}")


def locations(d: DraftBlueprint) -> Iterator[Problem]:
    """BP043: a station in a segment of the other place."""
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
    """BP050: a host or vantage point in a segment that is not for its kind."""
    for interface in _interfaces(d):
        right = homes(interface.endpoint)
        if interface.segment.kind not in right and not _told_otherwise(d, interface):
            values = {
                "what": _what(interface.endpoint),
                "endpoint": interface.endpoint.id,
                "segment": interface.segment.id,
                "value": interface.segment.kind,
                "expected": one_of(right),
            }
            yield Problem("BP050", interface.named_at, values)


def homes(endpoint: Host | Vantage) -> tuple[SegmentKind, ...]:
    """The kinds of segments that it may work in or look from."""
    return AT_HOME.get(endpoint.kind, tuple(SegmentKind)) if isinstance(endpoint, Host) else VIEWPOINTS


def working(d: DraftBlueprint, host: Host) -> list[Segment]:
    """The segments that a host of a sound draft does its work in."""
    return [d.blueprint.segment[interface] for interface in d.blueprint.working_interfaces(host)]


def _told_otherwise(d: DraftBlueprint, interface: DeclaredInterface) -> bool:
    """A management leg is right for every host, and one that joins zones is told as that."""
    if isinstance(interface.endpoint, Vantage):
        return False
    return (
        interface.segment.kind is SegmentKind.MANAGEMENT
        or len({item.zone for item in working(d, interface.endpoint)}) > 1
    )
