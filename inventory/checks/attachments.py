"""Hosts and vantage points: each stands where its kind may, with numbers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inventory.checks.draft import WHAT, DraftBlueprint, grouped
from inventory.model.addressing import FIRST_FREE, GATEWAYS, numbers_for
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import Segment, SegmentKind
from inventory.source.location import SourceLocation
from inventory.texts.phrases import Phrase, one_of
from inventory.texts.problems import Problem

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

    station: Host | Vantage
    segment: Segment
    number: int
    at: SourceLocation

    @property
    def named_at(self) -> SourceLocation:
        """Where the segment is named, as `at` is where the number is."""
        if isinstance(self.station, Vantage):
            return self.station.at("segment")
        return self.station.key("legs", self.segment.id)

    @property
    def gateway(self) -> bool:
        return isinstance(self.station, Host) and self.station.kind is HostKind.GATEWAY


def _legs(d: DraftBlueprint) -> list[DeclaredInterface]:
    b = d.blueprint
    stations = [
        DeclaredInterface(host, b.segment[leg], number, host.at("legs", leg))
        for host in b.hosts
        for leg, number in host.legs.items()
        if leg in b.segment
    ]
    return stations + [
        DeclaredInterface(one, b.segment[one.segment], one.number, one.at("number"))
        for one in b.vantages
        if one.segment in b.segment
    ]


def numbers_taken(d: DraftBlueprint) -> Iterator[Problem]:
    """BP015: two stations with one number in a segment."""
    legs = _legs(d)
    taken = {(leg.segment.id, leg.number) for leg in legs}
    for first, *others in grouped(legs, lambda leg: (leg.segment.id, leg.number)):
        for other in others:
            values = {
                "value": other.number,
                "segment": other.segment.id,
                "station": other.station.id,
                "other": first.station.id,
                "advice": _free(other, taken),
            }
            yield Problem("BP015", other.at, values, first.at)


def numbers_usable(d: DraftBlueprint) -> Iterator[Problem]:
    """BP016: a number that is the machinery's own, or none of the segment's."""
    legs = _legs(d)
    taken = {(leg.segment.id, leg.number) for leg in legs}
    for leg in legs:
        right = numbers_for(leg.segment, leg.gateway)
        if right and leg.number not in right:
            values = {
                "value": leg.number,
                "segment": leg.segment.id,
                "station": leg.station.id,
                "expected": _span(leg, right),
                "why": _why(leg, right[-1]),
                "advice": _free(leg, taken),
            }
            yield Problem("BP016", leg.at, values)


def _why(leg: DeclaredInterface, last: int) -> Phrase:
    if leg.gateway:
        return Phrase(
            f"网关只用 {GATEWAYS[0]} 和 {GATEWAYS[-1]}，1 是它们共用的虚拟地址",
            f"gateways have {GATEWAYS[0]} and {GATEWAYS[-1]}, and 1 is the virtual address that they share",
        )
    if leg.number < FIRST_FREE:
        return Phrase(f"{FIRST_FREE} 以下留给网关", f"numbers below {FIRST_FREE} are the gateways'")
    return Phrase(
        f"{last} 以上留给引擎和探针，或已超出网段",
        f"numbers above {last} are the engine's and the probes', or beyond the segment",
    )


def _span(leg: DeclaredInterface, right: range) -> Phrase:
    if leg.gateway:
        return Phrase(f"{right[0]} 或 {right[-1]}", f"{right[0]} or {right[-1]}")
    return Phrase(f"{right[0]} 至 {right[-1]} 的地址号", f"a number from {right[0]} to {right[-1]}")


def _free(leg: DeclaredInterface, taken: set[tuple[str, int]]) -> Phrase:
    free = next((n for n in numbers_for(leg.segment, leg.gateway) if (leg.segment.id, n) not in taken), None)
    return Phrase("", "") if free is None else Phrase(f"，例如 {free}", f", for example {free}")


def places(d: DraftBlueprint) -> Iterator[Problem]:
    """BP043: a station in a segment of the other place."""
    for leg in _legs(d):
        if leg.segment.place != leg.station.place:
            values = {
                "what": _what(leg.station),
                "station": leg.station.id,
                "value": leg.segment.id,
                "place": leg.segment.place,
                "expected": leg.station.place,
            }
            yield Problem("BP043", leg.named_at, values)


def _what(station: Host | Vantage) -> Phrase:
    return WHAT["hosts" if isinstance(station, Host) else "vantages"]


def kinds(d: DraftBlueprint) -> Iterator[Problem]:
    """BP050: a host or vantage point in a segment that is not for its kind."""
    for leg in _legs(d):
        right = homes(leg.station)
        if leg.segment.kind not in right and not _told_otherwise(d, leg):
            values = {
                "what": _what(leg.station),
                "station": leg.station.id,
                "segment": leg.segment.id,
                "value": leg.segment.kind,
                "expected": one_of(right),
            }
            yield Problem("BP050", leg.named_at, values)


def homes(station: Host | Vantage) -> tuple[SegmentKind, ...]:
    """The kinds of segments that it may work in or look from."""
    return AT_HOME.get(station.kind, tuple(SegmentKind)) if isinstance(station, Host) else VIEWPOINTS


def working(d: DraftBlueprint, host: Host) -> list[Segment]:
    """The segments that a host of a sound draft does its work in."""
    return [d.blueprint.segment[leg] for leg in d.blueprint.working_legs(host)]


def _told_otherwise(d: DraftBlueprint, leg: DeclaredInterface) -> bool:
    """A management leg is right for every host, and one that joins zones is told as that."""
    if isinstance(leg.station, Vantage):
        return False
    return leg.segment.kind is SegmentKind.MANAGEMENT or len({one.zone for one in working(d, leg.station)}) > 1
