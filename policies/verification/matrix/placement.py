"""Placement of a run: the workers' namespaces, the links of bare namespaces, and sender numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from itertools import count

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses, engine_number
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LOCATION_OF_ZONE, Segment
from policies.verification.matrix.endpoints import Endpoint, EndpointKind, restricted
from policies.verification.matrix.lab_namespaces import LabHandles
from policies.verification.matrix.messages import NextHop, SegmentLink, WorkerSpec
from policies.verification.matrix.plan import Probe
from policies.verification.matrix.probed_services import tried
from policies.verification.matrix.witness import LOOPBACK

FIRST = range(20000, 24000)
LAST = 32767
"""Sender numbers are also source ports: above service ports, below the ephemeral range (32768 and up)."""


class Numbers:
    """Sender numbers, one for each sender and purpose, fixed for the run."""

    def __init__(self) -> None:
        # numbers repeat after an hour, when no gateway still tracks a connection of an earlier run
        first = FIRST[int(time.time()) % len(FIRST)]
        self.range = range(first, LAST + 1)
        self._next = count(first)
        self._given: dict[tuple[str, str], int] = {}

    def of(self, sender: str, purpose: str) -> int:
        """OverflowError if the district is too large for one run."""
        key = (sender, purpose)
        if key not in self._given:
            self._given[key] = next(self._next)
        if self._given[key] not in self.range:
            raise OverflowError(f"more than {len(self.range)} senders in one run")
        return self._given[key]


def worker_specs(
    blueprint: Blueprint, endpoints: Mapping[str, Endpoint], lab: LabHandles, numbers: Numbers
) -> Iterator[WorkerSpec]:
    """The worker of every endpoint that has a namespace."""
    services = tried(blueprint)
    for name, endpoint in endpoints.items():
        if endpoint.kind in (EndpointKind.SEGMENT, EndpointKind.PEER):
            yield WorkerSpec(name, None, numbers.range, services)
        elif endpoint.kind is EndpointKind.VANTAGE and endpoint.id in lab.vantages:
            yield WorkerSpec(name, lab.vantages[endpoint.id], numbers.range, services)
        elif endpoint.kind is EndpointKind.HOST and endpoint.id in lab.hosts:
            yield WorkerSpec(name, lab.hosts[endpoint.id], numbers.range, admitted=True)
        elif endpoint.kind is EndpointKind.ENGINE and endpoint.location in lab.engines:
            # on the bridges only: every frame between hosts also passes their ports
            yield WorkerSpec(
                name, lab.engines[endpoint.location], numbers.range, devices=(LOOPBACK, *endpoint.interfaces)
            )


def segment_links(
    blueprint: Blueprint, endpoints: Mapping[str, Endpoint], lab: LabHandles
) -> Iterator[tuple[str, SegmentLink]]:
    """How our own bare namespaces are connected to their segments."""
    bare = [endpoint for endpoint in endpoints.values() if endpoint.kind in (EndpointKind.SEGMENT, EndpointKind.PEER)]
    for number, endpoint in enumerate(bare):
        if endpoint.location in lab.engines:
            segment = blueprint.segment[endpoint.id]
            hidden = tuple(str(address) for address in addresses(segment, engine_number(segment)))
            lines = tuple(_lines(blueprint, endpoint, segment))
            yield (
                endpoint.name,
                SegmentLink(lab.engines[endpoint.location], endpoint.id, f"probe{number}", lines, hidden),
            )


def next_hops(probes: list[Probe], endpoints: Mapping[str, Endpoint]) -> dict[str, tuple[NextHop, ...]]:
    """Sender -> the neighbours to which it forwards packets of any destination."""
    hops: dict[str, dict[str, NextHop]] = {}
    for probe in probes:
        if probe.by:
            own = hops.setdefault(probe.sender, {})
            segment = next(iter(endpoints[probe.sender].interfaces))
            pair = endpoints[probe.by].interfaces[segment][0]
            own.setdefault(probe.by, NextHop(probe.by, len(own) + 1, segment, str(pair.ipv4), str(pair.ipv6)))
    return {name: tuple(own.values()) for name, own in hops.items()}


def _lines(blueprint: Blueprint, endpoint: Endpoint, segment: Segment) -> Iterator[str]:
    """Addresses, and routes to the whole location."""
    device = f"dev {segment.id}"
    yield "link set lo up"
    yield f"link set {segment.id} address {_link_address(endpoint.interfaces[segment.id][0].ipv4)} up"
    for pair in endpoint.interfaces[segment.id]:
        yield f"address add {pair.ipv4}/{segment.ipv4.prefixlen} {device}"
        yield f"address add {pair.ipv6}/{segment.ipv6.prefixlen} {device} nodad"
    gateways = blueprint.gateways_of(segment.id)
    if not gateways:
        return
    # management segments are not routed; probes use the gateway's own address
    number = gateways[0].interfaces[segment.id] if restricted(segment) else VIRTUAL_GATEWAY
    via = addresses(segment, number)
    for block in blueprint.blocks:
        if LOCATION_OF_ZONE[block.zone] == segment.location and block.prefix not in segment.prefixes:
            yield f"route add {block.prefix} via {via.ipv4 if block.prefix.version == 4 else via.ipv6} {device}"


def _link_address(address: IPv4Address) -> str:
    """A link address that is the same in every run, so that neighbour caches stay valid."""
    return ":".join(f"{byte:02x}" for byte in b"\x02L" + address.packed)
