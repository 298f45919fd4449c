"""The district as a graph: nodes with their segments, addresses and routes, and the engine that carries each location.

Everything is taken from what hosts receive (`inventory.rendering.network_configuration`), so that a wrong
configuration is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from inventory.model.addressing import VIRTUAL_GATEWAY, Prefix, addresses, probe_number
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import LOCATION_OF_ZONE, LocationId, Segment, SegmentKind
from inventory.rendering.network_configuration import routes as attached

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class TopologyRoute:
    """The next hop of packets to a prefix."""

    prefix: Prefix
    via: Address


@dataclass(frozen=True, slots=True)
class TopologyNode:
    """A sender or receiver: a host with rules, or a bare endpoint without rules.

    `kind` is host, segment (anyone in it) or vantage (a person).
    """

    kind: str
    id: str
    location: LocationId
    interfaces: Mapping[str, tuple[Address, ...]]
    """Segment -> its addresses there."""
    routes: tuple[TopologyRoute, ...]
    gateway: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def ruled(self) -> bool:
        return self.kind == "host"

    @property
    def forwards(self) -> bool:
        """Whether it can forward: a host with two interfaces. Its rules decide whether it does."""
        return self.ruled and len(self.interfaces) > 1

    def owns(self, address: Address) -> str | None:
        """The segment in which it has the address."""
        return next((interface for interface, own in self.interfaces.items() if address in own), None)


@dataclass(frozen=True)
class Topology:
    """All nodes. `engines`: the engine that carries each location's segments and hosts; no two locations share one."""

    blueprint: Blueprint
    nodes: Mapping[str, TopologyNode]
    engines: Mapping[LocationId, str]

    @property
    def hosts(self) -> tuple[TopologyNode, ...]:
        return tuple(node for node in self.nodes.values() if node.ruled)

    def segment_of(self, address: Address) -> Segment | None:
        """The segment whose prefix contains the address."""
        return next(
            (segment for segment in self.blueprint.segments if any(address in p for p in segment.prefixes)), None
        )

    def bearer(self, segment: str, address: Address) -> TopologyNode | None:
        """The node that has the address in a segment."""
        return self._bearers.get((segment, address))

    def owner(self, address: Address) -> TopologyNode | None:
        """The node that has the address in any segment."""
        owner = self._owners.get(address)
        return owner and owner[1]

    def link(self, address: Address) -> str | None:
        """The segment in which a node has the address."""
        owner = self._owners.get(address)
        return owner and owner[0]

    @cached_property
    def _bearers(self) -> dict[tuple[str, Address], TopologyNode]:
        nodes = list(self.nodes.values())[::-1]  # hosts come first, and stay if two nodes have one address
        return {
            (interface, address): node
            for node in nodes
            for interface, own in node.interfaces.items()
            for address in own
        }

    @cached_property
    def _owners(self) -> dict[Address, tuple[str, TopologyNode]]:
        return {address: (interface, node) for (interface, address), node in self._bearers.items()}


def topology(blueprint: Blueprint, engines: Mapping[LocationId, str] | None = None) -> Topology:
    """The topology of the deployed subset. `engines`: location -> its engine's address, by default the site's."""
    nodes = [
        *(_host(blueprint, host) for host in blueprint.hosts),
        *(_person(blueprint, vantage) for vantage in blueprint.vantages if vantage.segment in blueprint.segment),
        *(_anybody(blueprint, segment) for segment in blueprint.segments),
    ]
    return Topology(blueprint, {node.name: node for node in nodes}, engines or _engines(blueprint))


def _engines(blueprint: Blueprint) -> dict[LocationId, str]:
    """A lab starts one for each location; other sites name theirs."""
    hosts = {location: engine.host for location, engine in blueprint.site.engines.items()}
    return {location: f"lab engine of {location}" if host == "lab" else host for location, host in hosts.items()}


def _host(blueprint: Blueprint, host: Host) -> TopologyNode:
    interfaces: dict[str, tuple[Address, ...]] = {
        interface: tuple(blueprint.addresses(host, interface)) for interface in host.interfaces
    }
    routes: list[TopologyRoute] = []
    for line in attached(blueprint, host).splitlines():
        match line.split():
            case ["address", "replace", address, "dev", interface, *_]:
                interfaces[interface] = (*interfaces[interface], ip_address(address.partition("/")[0]))
            case ["route", "replace", prefix, "via", hop]:
                routes.append(TopologyRoute(ip_network(prefix), ip_address(hop)))
    return TopologyNode("host", host.id, host.location, interfaces, tuple(routes), host.kind is HostKind.GATEWAY)


def _person(blueprint: Blueprint, vantage: Vantage) -> TopologyNode:
    interfaces: dict[str, tuple[Address, ...]] = {vantage.segment: (*blueprint.addresses(vantage, vantage.segment),)}
    return TopologyNode(
        "vantage",
        vantage.id,
        vantage.location,
        interfaces,
        tuple(_everywhere(blueprint, blueprint.segment[vantage.segment])),
    )


def _anybody(blueprint: Blueprint, segment: Segment) -> TopologyNode:
    interfaces: dict[str, tuple[Address, ...]] = {segment.id: (*addresses(segment, probe_number(segment)),)}
    return TopologyNode("segment", segment.id, segment.location, interfaces, tuple(_everywhere(blueprint, segment)))


def _everywhere(blueprint: Blueprint, segment: Segment) -> Iterator[TopologyRoute]:
    """Routes to the whole address plan of its location, permitted or not: the rules must stop its packets."""
    if not blueprint.gateways_of(segment.id):
        return
    # management hosts route to no one; such packets go to the gateway's own address
    kept_apart = segment.kind is SegmentKind.MANAGEMENT
    number = blueprint.gateways_of(segment.id)[0].interfaces[segment.id] if kept_apart else VIRTUAL_GATEWAY
    hop = addresses(segment, number)
    for block in blueprint.blocks:
        if LOCATION_OF_ZONE[block.zone] == segment.location:
            yield TopologyRoute(block.prefix, hop.ipv4 if block.prefix.version == 4 else hop.ipv6)
