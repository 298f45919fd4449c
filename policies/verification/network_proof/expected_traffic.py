"""The packets that each hook of a host must pass, as boxes: declared paths, their answers, and neighbour discovery.

Derived from the paths, never from rendered rules. A packet that lies in a box must pass, any other must be stopped.
Answers: a packet of state `established` belongs to a connection whose first packet passed as new; `related` is allowed
for ICMP errors about such a connection only, so that no helper's expectation opens a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from inventory.model.addressing import Prefix
from inventory.model.blueprint import Blueprint
from inventory.model.flows import Protocol, Service
from inventory.model.hosts import Host, HostKind
from inventory.model.paths import End, Path
from inventory.model.zones import LOCATION_OF_ZONE, SegmentKind
from policies.nftproof.boxes import RawBox
from policies.nftproof.exact import Allowed
from policies.nftproof.fields import IPV4, IPV6, PAYLOAD
from policies.nftproof.intervals import Spans, single, spans, without
from policies.nftproof.values import text_number

TASKS = "docker_gwbridge"
"""The bridge to which a cloud node's engine attaches the tasks of its services."""
INVALID, ESTABLISHED, RELATED, NEW, UNTRACKED = (single(bit) for bit in (1, 2, 4, 8, 64))
UNBROKEN = spans([(bit, bit) for bit in (2, 4, 8, 64)])
"""Every state except invalid."""
PROTOCOL = {Protocol.TCP: 6, Protocol.UDP: 17}
ICMP4, ICMP6 = {"l3": single(IPV4), "l4proto": single(1)}, {"l3": single(IPV6), "l4proto": single(58)}
ERRORS: tuple[RawBox, ...] = (
    {**ICMP4, "icmp type": spans([(3, 3), (11, 11), (12, 12)])},
    {**ICMP6, "icmpv6 type": spans([(1, 4)])},
)
"""Unreachable, too big, time exceeded, parameter problem (RFC 792, RFC 4443)."""
NEIGHBOURS: RawBox = {**ICMP6, "icmpv6 type": spans([(135, 136)])}
FAR = 255
"""A neighbour's message has never been forwarded (RFC 4861 section 7.1)."""


class RuleFamily(NamedTuple):
    l3: int
    source: str
    target: str
    echo: RawBox
    version: int


FAMILIES = (
    RuleFamily(IPV4, "ip saddr", "ip daddr", {"l4proto": single(1), "icmp type": single(8)}, 4),
    RuleFamily(IPV6, "ip6 saddr", "ip6 daddr", {"l4proto": single(58), "icmpv6 type": single(128)}, 6),
)
HOOKS = ("input", "forward", "output")


def expected_packets(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> dict[str, list[Allowed]]:
    """Hook -> the packets that it must pass."""
    answers = [Allowed("answer", {"ct state": ESTABLISHED})]
    answers += [Allowed("error", {**error, "ct state": RELATED}) for error in ERRORS]
    return {
        "input": [*answers, *_always_in(), *_arriving(blueprint, host, declared)],
        "forward": [*answers, *_passing(blueprint, host, declared)],
        "output": [*answers, *_always_out(host), *_leaving(blueprint, host, declared)],
    }


def _always_in() -> Iterator[Allowed]:
    yield Allowed("itself", {"iif": single(text_number("lo")), "ct state": UNBROKEN})
    yield Allowed("neighbour", {**NEIGHBOURS, "ip6 hoplimit": single(FAR), "ct state": UNBROKEN})


def _always_out(host: Host) -> Iterator[Allowed]:
    yield Allowed("itself", {"oif": single(text_number("lo")), "ct state": UNBROKEN})
    yield Allowed("neighbour", {**NEIGHBOURS, "ct state": UNBROKEN})
    if host.kind is HostKind.GATEWAY:  # a router reports why it does not forward
        for error in ERRORS:
            yield Allowed("error", {**error, "ct state": UNBROKEN})


def _arriving(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[Allowed]:
    for path in declared:
        if host.id in path.target.hosts or (path.target.whole and path.target.segment in host.interfaces):
            yield from boxes(blueprint, path, iif=path.target.segment)


def _passing(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[Allowed]:
    if host.kind is HostKind.GATEWAY:
        for path in declared:
            if path.source.segment != path.target.segment and {path.source.segment, path.target.segment} <= set(
                host.interfaces
            ):
                yield from boxes(blueprint, path, iif=path.source.segment, oif=path.target.segment)
    for path in published(blueprint, host, declared):
        for box in boxes(blueprint, path, iif=path.target.segment, oif=TASKS):
            # the engine has translated the target to a task's address; IPv6 comes through its relay, which is local
            if box.box["l3"] == single(IPV4):
                yield Allowed(box.label, {name: values for name, values in box.box.items() if name != "ip daddr"})


def _leaving(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[Allowed]:
    user = host.kind is not HostKind.GATEWAY  # a gateway has interfaces in segments, but is not one of their users
    for path in declared:
        if host.id in path.source.hosts or (user and path.source.whole and path.source.segment in host.interfaces):
            yield from boxes(blueprint, path, oif=path.source.segment)
    for path in published(blueprint, host, declared):
        yield Allowed(
            path.flow, {"oif": single(text_number(TASKS)), "ct state": NEW, **_service(path.service, FAMILIES[0])}
        )


def published(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[Path]:
    """Paths to ports that systems deployed on the host have its engine publish."""
    ports = {
        system.deployment.port
        for system in blueprint.systems
        if system.deployment is not None and host.id in system.deployed_at
    }
    yield from (path for path in declared if host.id in path.target.hosts and path.service.port in ports)


def boxes(blueprint: Blueprint, path: Path, **interfaces: str) -> Iterator[Allowed]:
    """The new packets of a path on these interfaces, one box for each family."""
    between = {name: single(text_number(link)) for name, link in interfaces.items()}
    for family in FAMILIES:
        source, target = _values(blueprint, path.source, family), _values(blueprint, path.target, family)
        if source and target:
            header = {"l3": single(family.l3), family.source: source, family.target: target}
            yield Allowed(path.flow, {**between, **header, "ct state": NEW, **_service(path.service, family)})


def _service(service: Service, family: RuleFamily) -> RawBox:
    if service.port is None:
        return family.echo
    return {"l4proto": single(PROTOCOL[service.protocol]), "dport": single(service.port)}


def _values(blueprint: Blueprint, end: End, family: RuleFamily) -> Spans:
    """The addresses of a path's end. The public has every address that is not the district's own."""
    networks: Sequence[Prefix] = end.ipv4 if family.version == 4 else end.ipv6
    if end.public and networks:
        return without(PAYLOAD[_split(family.source)].domain, _numbers(_inner(blueprint, family.version)))
    return _numbers(networks)


def _split(name: str) -> tuple[str, str]:
    header, _, field = name.partition(" ")
    return header, field


def _inner(blueprint: Blueprint, version: int) -> list[Prefix]:
    """Address blocks of the public's location, except those that contain the public's own edge segment."""
    edges = [segment for segment in blueprint.segments if segment.kind is SegmentKind.INTERNET_ACCESS]
    prefixes = []
    for block in blueprint.blocks:
        here = any(LOCATION_OF_ZONE[block.zone] == edge.location for edge in edges)
        outer = any(_holds(block.prefix, prefix) for edge in edges for prefix in edge.prefixes)
        if here and not outer and block.prefix.version == version:
            prefixes.append(block.prefix)
    return prefixes


def _holds(block: Prefix, prefix: Prefix) -> bool:
    if isinstance(block, IPv4Network):
        return isinstance(prefix, IPv4Network) and prefix.subnet_of(block)
    return isinstance(prefix, IPv6Network) and prefix.subnet_of(block)


def _numbers(networks: Sequence[Prefix]) -> Spans:
    return spans((int(network.network_address), int(network.broadcast_address)) for network in networks)
