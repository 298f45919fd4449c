"""Numbers and addresses: number 10 of a segment is x.x.x.10 and y::10.

Number 1 of each segment is the virtual gateway address, 2 and 3 are the gateways' own addresses, so that a second
gateway can be added without renumbering. The last fifteen usable IPv4 addresses are reserved for the docker engine's
bridge address, which never answers, and for probes.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from inventory.model.zones import Segment

VIRTUAL_GATEWAY = 1
GATEWAYS = range(2, 4)
FIRST_FREE = 10
RESERVED_AT_END = 15


Prefix = IPv4Network | IPv6Network


class Pair(NamedTuple):
    """Addresses of one endpoint in both families."""

    ipv4: IPv4Address
    ipv6: IPv6Address


def size(segment: Segment) -> int:
    """Count of numbers in a segment: its IPv4 addresses without network and broadcast address."""
    return segment.ipv4.num_addresses - 2


def addresses(segment: Segment, number: int) -> Pair:
    """Both addresses of a number; the IPv6 address contains its decimal digits, 10 -> ::10."""
    return Pair(segment.ipv4[number], segment.ipv6[int(str(number), 16)])


def engine_number(segment: Segment) -> int:
    """Number of the address that the docker engine requires on its bridge; its own tables block it."""
    return size(segment)


def probe_number(segment: Segment) -> int:
    """Number of the first probe in a segment while the packet matrix runs."""
    return size(segment) - RESERVED_AT_END + 1


def numbers_for(segment: Segment, gateway: bool) -> range:
    """Numbers that a gateway, or any other host or vantage point, may have in a segment."""
    return GATEWAYS if gateway else range(FIRST_FREE, size(segment) - RESERVED_AT_END + 1)


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
