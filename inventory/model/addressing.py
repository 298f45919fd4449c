"""One number, two addresses: number 10 of a segment is x.x.x.10 and y::10. Some numbers are the machinery's own.

Every segment keeps a virtual gateway address (number 1) apart from the gateways' own (2 and 3), so that a second
gateway later renumbers nothing. The last fifteen usable IPv4 addresses belong to the machinery of the lab and the
proof: the engine's own bridge address, which never answers, and the probes.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from inventory.model.zones import Segment

VIRTUAL_GATEWAY = 1
GATEWAYS = range(2, 4)
FIRST_FREE = 10
MACHINERY = 15


Prefix = IPv4Network | IPv6Network


class Pair(NamedTuple):
    """The same station in both families."""

    ipv4: IPv4Address
    ipv6: IPv6Address


def size(segment: Segment) -> int:
    """How many numbers a segment has: its IPv4 addresses less network and broadcast."""
    return segment.ipv4.num_addresses - 2


def addresses(segment: Segment, number: int) -> Pair:
    """The two addresses of a number; the IPv6 one reads the number's decimal digits, 10 -> ::10."""
    return Pair(segment.ipv4[number], segment.ipv6[int(str(number), 16)])


def engine_number(segment: Segment) -> int:
    """The address that an engine insists on having on its bridge; hidden, see the engine's own tables."""
    return size(segment)


def probe_number(segment: Segment) -> int:
    """Where the packet matrix stands in a segment while it runs."""
    return size(segment) - MACHINERY + 1


def numbers_for(segment: Segment, gateway: bool) -> range:
    """The numbers that a gateway, or any other host or vantage point, may have in a segment."""
    return GATEWAYS if gateway else range(FIRST_FREE, size(segment) - MACHINERY + 1)


def tenant_overlay(overlays: IPv4Network, number: int) -> IPv4Network:
    """The network of the tenant system with this number, within the cloud's overlays."""
    return IPv4Network((overlays[number << 8], 24))


def parent_of(prefix: Prefix, blocks: Sequence[Prefix]) -> bool:
    """Whether one of the blocks contains the prefix."""
    return any(_within(prefix, block) for block in blocks)


def _within(prefix: Prefix, block: Prefix) -> bool:
    if isinstance(prefix, IPv4Network) and isinstance(block, IPv4Network):
        return prefix.subnet_of(block)
    return isinstance(prefix, IPv6Network) and isinstance(block, IPv6Network) and prefix.subnet_of(block)
