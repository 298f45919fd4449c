"""Where everybody stands in a run: seats of the workers, links of the bare ones, and each sender's own numbers."""

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
"""Own numbers are source ports too: above the services, below those that systems draw (32768 and up)."""


class Numbers:
    """Own numbers, one for each sender and purpose; a number that is given stays that purpose's for the run."""

    def __init__(self) -> None:
        # a number comes again after an hour: no gateway still knows a connection of the last run by it
        first = FIRST[int(time.time()) % len(FIRST)]
        self.range = range(first, LAST + 1)
        self._next = count(first)
        self._given: dict[tuple[str, str], int] = {}

    def of(self, sender: str, purpose: str) -> int:
        """OverflowError where a district is too large for one run."""
        key = (sender, purpose)
        if key not in self._given:
            self._given[key] = next(self._next)
        if self._given[key] not in self.range:
            raise OverflowError(f"more than {len(self.range)} senders in one run")
        return self._given[key]


def worker_specs(
    blueprint: Blueprint, posts: Mapping[str, Endpoint], lab: LabHandles, numbers: Numbers
) -> Iterator[WorkerSpec]:
    """Where every station's worker sits; a station without a namespace has none."""
    services = tried(blueprint)
    for name, one in posts.items():
        if one.kind in (EndpointKind.SEGMENT, EndpointKind.PEER):
            yield WorkerSpec(name, None, numbers.range, services)
        elif one.kind is EndpointKind.VANTAGE and one.id in lab.vantages:
            yield WorkerSpec(name, lab.vantages[one.id], numbers.range, services)
        elif one.kind is EndpointKind.HOST and one.id in lab.hosts:
            yield WorkerSpec(name, lab.hosts[one.id], numbers.range, admitted=True)
        elif one.kind is EndpointKind.ENGINE and one.location in lab.engines:
            # its bridges' own side only: every frame between hosts passes their ports
            yield WorkerSpec(name, lab.engines[one.location], numbers.range, devices=(LOOPBACK, *one.interfaces))


def segment_links(
    blueprint: Blueprint, posts: Mapping[str, Endpoint], lab: LabHandles
) -> Iterator[tuple[str, SegmentLink]]:
    """How the bare stations of our own are joined to their segments."""
    bare = [post for post in posts.values() if post.kind in (EndpointKind.SEGMENT, EndpointKind.PEER)]
    for at, one in enumerate(bare):
        if one.location in lab.engines:
            segment = blueprint.segment[one.id]
            hidden = tuple(str(address) for address in addresses(segment, engine_number(segment)))
            lines = tuple(_lines(blueprint, one, segment))
            yield one.name, SegmentLink(lab.engines[one.location], one.id, f"probe{at}", lines, hidden)


def next_hops(probes: list[Probe], posts: Mapping[str, Endpoint]) -> dict[str, tuple[NextHop, ...]]:
    """Sender -> the neighbours that it hands packets to, whatever the address on them."""
    wanted: dict[str, dict[str, NextHop]] = {}
    for probe in probes:
        if probe.by:
            own = wanted.setdefault(probe.sender, {})
            segment = next(iter(posts[probe.sender].interfaces))
            pair = posts[probe.by].interfaces[segment][0]
            own.setdefault(probe.by, NextHop(probe.by, len(own) + 1, segment, str(pair.ipv4), str(pair.ipv6)))
    return {name: tuple(own.values()) for name, own in wanted.items()}


def _lines(blueprint: Blueprint, endpoint: Endpoint, segment: Segment) -> Iterator[str]:
    """Addresses, and routes to the whole place."""
    device = f"dev {segment.id}"
    yield "link set lo up"
    yield f"link set {segment.id} address {_link_address(endpoint.interfaces[segment.id][0].ipv4)} up"
    for pair in endpoint.interfaces[segment.id]:
        yield f"address add {pair.ipv4}/{segment.ipv4.prefixlen} {device}"
        yield f"address add {pair.ipv6}/{segment.ipv6.prefixlen} {device} nodad"
    gateways = blueprint.gateways_of(segment.id)
    if not gateways:
        return
    # over management nobody is routed, and who insists has to ask the gateway's own address
    number = gateways[0].interfaces[segment.id] if restricted(segment) else VIRTUAL_GATEWAY
    via = addresses(segment, number)
    for block in blueprint.blocks:
        if LOCATION_OF_ZONE[block.zone] == segment.location and block.prefix not in segment.prefixes:
            yield f"route add {block.prefix} via {via.ipv4 if block.prefix.version == 4 else via.ipv6} {device}"


def _link_address(address: IPv4Address) -> str:
    """The same in every run: what neighbours remember of the last one stays true."""
    return ":".join(f"{byte:02x}" for byte in b"\x02L" + address.packed)
