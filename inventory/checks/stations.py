"""Hosts and vantage points: each stands where its kind may, with numbers of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from inventory.addressing import FIRST_FREE, GATEWAYS, numbers_for
from inventory.checks.draft import WHAT, Draft, grouped
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import PlaceId, Segment, SegmentKind
from inventory.phrases import Phrase, one_of
from inventory.problems import Place, Problem

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


class Leg(NamedTuple):
    """One attachment of a host or vantage point to a known segment."""

    station: Host | Vantage
    segment: Segment
    number: int
    at: Place

    @property
    def gateway(self) -> bool:
        return isinstance(self.station, Host) and self.station.kind is HostKind.GATEWAY


def _legs(d: Draft) -> list[Leg]:
    b = d.blueprint
    stations = [
        Leg(host, b.segment[leg], number, host.at("legs", leg))
        for host in b.hosts
        for leg, number in host.legs.items()
        if leg in b.segment
    ]
    return stations + [
        Leg(one, b.segment[one.segment], one.number, one.at("number")) for one in b.vantages if one.segment in b.segment
    ]


def numbers_taken(d: Draft) -> Iterator[Problem]:
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


def numbers_usable(d: Draft) -> Iterator[Problem]:
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
                "expected": Phrase(f"{right[0]} 至 {right[-1]}", f"a number from {right[0]} to {right[-1]}"),
                "why": _why(leg),
                "advice": _free(leg, taken),
            }
            yield Problem("BP016", leg.at, values)


def _why(leg: Leg) -> Phrase:
    if leg.gateway:
        return Phrase(
            f"网关只用 {GATEWAYS[0]} 和 {GATEWAYS[-1]}，1 是它们共用的虚拟地址",
            f"gateways have {GATEWAYS[0]} and {GATEWAYS[-1]}, and 1 is the virtual address that they share",
        )
    if leg.number < FIRST_FREE:
        return Phrase(f"{FIRST_FREE} 以下留给网关", f"numbers below {FIRST_FREE} are the gateways'")
    return Phrase(
        "其上的地址号不属于该网段，或留给引擎和探针",
        "what lies above is the engine's, the probes' or no part of the segment",
    )


def _free(leg: Leg, taken: set[tuple[str, int]]) -> Phrase:
    free = next((n for n in numbers_for(leg.segment, leg.gateway) if (leg.segment.id, n) not in taken), None)
    return Phrase("", "") if free is None else Phrase(f"，例如 {free}", f", for example {free}")


def places(d: Draft) -> Iterator[Problem]:
    """BP043: a station in a segment of the other place."""
    for leg in _legs(d):
        if leg.segment.place != leg.station.place:
            at = leg.station.key("legs", leg.segment.id) if isinstance(leg.station, Host) else leg.station.at("segment")
            values = {
                "what": _what(leg.station),
                "station": leg.station.id,
                "value": leg.segment.id,
                "place": leg.segment.place,
                "expected": leg.station.place,
            }
            yield Problem("BP043", at, values)


def _what(station: Host | Vantage) -> Phrase:
    return WHAT["hosts" if isinstance(station, Host) else "vantages"]


def legs(d: Draft) -> Iterator[Problem]:
    """BP021, BP044, BP045, BP046: how many segments a host stands in, and of how many zones."""
    for host in d.blueprint.hosts:
        known = [d.blueprint.segment[leg] for leg in host.legs]
        working = [leg for leg in known if leg.kind is not SegmentKind.MANAGEMENT]
        management = len(known) - len(working)
        at = host.at("legs")
        if host.place is PlaceId.EXTRANET and management != 1:
            yield Problem("BP044", at, {"host": host.id, "value": management})
        zones = sorted({leg.zone for leg in working})
        if host.kind is HostKind.GATEWAY:
            if len(working) < 2:
                yield Problem("BP046", at, {"host": host.id, "value": len(working)})
        elif len(zones) > 1:
            yield Problem("BP021", at, {"host": host.id, "value": " + ".join(zones)})
        elif len(working) != 1:
            yield Problem("BP045", at, {"host": host.id, "value": len(working)})


def kinds(d: Draft) -> Iterator[Problem]:
    """BP050, BP051: a host or vantage point in a segment that is not for its kind; a gateway in the intranet."""
    for host in d.blueprint.hosts:
        if host.kind is HostKind.GATEWAY and host.place is PlaceId.INTRANET:
            yield Problem("BP051", host.at("kind"), {"host": host.id, "value": host.kind})
    for leg in _legs(d):
        right = _homes(leg.station)
        if leg.segment.kind is not SegmentKind.MANAGEMENT and leg.segment.kind not in right:
            values = {
                "what": _what(leg.station),
                "station": leg.station.id,
                "segment": leg.segment.id,
                "value": leg.segment.kind,
                "expected": one_of(right),
            }
            at = leg.station.key("legs", leg.segment.id) if isinstance(leg.station, Host) else leg.station.at("segment")
            yield Problem("BP050", at, values)


def _homes(station: Host | Vantage) -> Iterable[SegmentKind]:
    return AT_HOME.get(station.kind, tuple(SegmentKind)) if isinstance(station, Host) else VIEWPOINTS


def agencies(d: Draft) -> Iterator[Problem]:
    """BP047, BP048, BP049: clients belong to agencies and stand in no other's private segment."""
    for host in d.blueprint.hosts:
        client = host.kind is HostKind.CLIENT
        if client and host.agency is None and host.place is PlaceId.EXTRANET:
            yield Problem("BP047", host.at("kind"), {"host": host.id, "value": host.kind})
        if not client and host.agency is not None:
            yield Problem("BP048", host.at("agency"), {"host": host.id, "kind": host.kind, "value": host.agency})
        if host.kind is HostKind.GATEWAY or (client and host.agency is None):
            continue
        for leg in [d.blueprint.segment[leg] for leg in host.legs]:
            if leg.agency is not None and leg.agency != host.agency:
                values = {"host": host.id, "value": leg.id, "agency": leg.agency}
                yield Problem("BP049", host.key("legs", leg.id), values)


def bastions(d: Draft) -> Iterator[Problem]:
    """BP052: each place is operated through one bastion."""
    for place in PlaceId:
        found = [host for host in d.blueprint.hosts_at(place) if host.kind is HostKind.BASTION]
        if len(found) != 1:
            at = found[1].at("kind") if found else d.at("hosts", "hosts")
            see = found[0].at("kind") if found else None
            yield Problem("BP052", at, {"place": place, "value": len(found)}, see)


def gateway_numbers(d: Draft) -> Iterator[Problem]:
    """BP053: a gateway is the first or the second one everywhere."""
    for host in d.blueprint.hosts:
        numbers = [number for number in host.legs.values() if number in GATEWAYS]
        if host.kind is HostKind.GATEWAY and len(set(numbers)) > 1:
            odd = next(leg for leg, number in host.legs.items() if number != numbers[0])
            values = {"host": host.id, "value": host.legs[odd], "segment": odd, "expected": numbers[0]}
            yield Problem("BP053", host.at("legs", odd), values)


def first_gateways(d: Draft) -> Iterator[Problem]:
    """BP054: a second gateway where no first one holds the virtual address."""
    for segment in d.blueprint.segments:
        gateways = d.blueprint.gateways_of(segment.id)
        if gateways and all(host.legs[segment.id] != GATEWAYS[0] for host in gateways):
            host = gateways[0]
            values = {"host": host.id, "segment": segment.id, "value": host.legs[segment.id], "expected": GATEWAYS[0]}
            yield Problem("BP054", host.at("legs", segment.id), values)
