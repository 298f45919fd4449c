"""Routes of a namespace that lead out of its location. Only the tables prove this, an errno does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

from inventory.model.addressing import Prefix
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LOCATION_OF_ZONE, LocationId
from policies.verification.matrix.endpoints import Endpoint

LEAD_NOWHERE = ("unreachable", "prohibit", "blackhole", "throw")
DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}


class Ways(NamedTuple):
    """`into`: a route into another location, as text; `by_gateway`: whether a broader route (the default route) covers
    the other location through a gateway of its own location, whose table then decides."""

    into: str
    by_gateway: bool


def ways(
    blueprint: Blueprint, endpoint: Endpoint, endpoints: Collection[Endpoint], table: Sequence[Mapping[str, Any]]
) -> Ways:
    """Evaluate all routes of all tables of an endpoint (rows of `ip -j route show table all`, with `family`)."""
    gateways = {
        str(address)
        for other in endpoints
        if other.gateway and other.location == endpoint.location and other is not endpoint
        for interface in other.interfaces.values()
        for pair in interface
        for address in pair
    }
    elsewhere = list(prefixes_elsewhere(blueprint, endpoint.location))
    by_gateway = False
    for row in table:
        prefix = ip_network(DEFAULT[row["family"]] if row["dst"] == "default" else row["dst"], strict=False)
        if row.get("type", "unicast") in LEAD_NOWHERE or not any(_overlap(prefix, other) for other in elsewhere):
            continue
        hops = set(_hops(row))
        if not hops or not hops <= gateways or any(_inside(prefix, other) for other in elsewhere):
            return Ways(_text(prefix, row), by_gateway)
        by_gateway = True
    return Ways("", by_gateway)


def prefixes_elsewhere(blueprint: Blueprint, location: LocationId) -> Iterator[Prefix]:
    """All prefixes that the address plan reserves for other locations."""
    yield from (block.prefix for block in blueprint.blocks if LOCATION_OF_ZONE[block.zone] != location)
    yield from (prefix for segment in blueprint.segments if segment.location != location for prefix in segment.prefixes)


def _hops(row: Mapping[str, Any]) -> Iterable[str]:
    for hop in (row, *row.get("nexthops", ())):
        if gateway := hop.get("gateway") or hop.get("via", {}).get("host"):
            yield str(gateway)


def _overlap(prefix: Prefix, other: Prefix) -> bool:
    return prefix.version == other.version and prefix.overlaps(other)


def _inside(prefix: Prefix, other: Prefix) -> bool:
    if isinstance(prefix, IPv4Network) and isinstance(other, IPv4Network):
        return prefix.subnet_of(other)
    return isinstance(prefix, IPv6Network) and isinstance(other, IPv6Network) and prefix.subnet_of(other)


def _text(prefix: Prefix, row: Mapping[str, Any]) -> str:
    words = [str(prefix), *(f"via {hop}" for hop in _hops(row)), f"dev {row['dev']}" if "dev" in row else ""]
    return " ".join(filter(None, words))
