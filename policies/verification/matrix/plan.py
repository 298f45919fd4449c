"""The plan of a run: every probe, its expected result and the boundary that should stop it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from itertools import chain, islice

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Protocol, Service
from policies.verification.matrix.endpoints import Endpoint, EndpointKind, restricted
from policies.verification.matrix.expected_traffic import Address, DeclaredTraffic
from policies.verification.matrix.messages import LOOPBACKS, Interface, WorkerReady
from policies.verification.matrix.packets import ICMP4, ICMP6, TCP, UDP, Key
from policies.verification.matrix.probed_services import ADMINISTRATION, ECHO, tried, undeclared

SEQUENCE = 1
"""Each echo request of a sender goes to another address, so one sequence number is enough."""

NEXT = 4
"""Number of addresses of an unplanned network to try: container engines assign the first ones."""


class Boundary(StrEnum):
    """What is between a sender and a target, and must stop undeclared traffic."""

    LOCATIONS = "locations"
    """Nothing: there is no route between locations."""
    GATEWAY = "gateway"
    """The gateways between two segments."""
    SEGMENT = "segment"
    """The segment: management, where only the bastion is reachable, and link-local traffic everywhere."""
    TARGET = "target"
    """The target's own rules; nothing else is between neighbours."""
    SENDER = "sender"
    """The sender's own rules: an engine's namespace blocks all traffic in both directions."""


class Control(StrEnum):
    """Probes that must succeed; otherwise the results of their endpoints prove nothing."""

    LOOPBACK = "loopback"
    """An endpoint probes itself: the tool and the witness work in its namespace."""
    ANSWER = "answer"
    """A neighbour answers."""
    WIRE = "wire"
    """A neighbour that must not answer sees it arrive."""


@dataclass(frozen=True, slots=True)
class Probe:
    sender: str
    target: str
    address: Address
    service: Service
    sources: frozenset[Address]
    """The sender's addresses that may start it; none if it must be closed."""
    boundary: Boundary
    control: Control | None = None
    port: int = 0
    """The port if it is not the service's own (a loopback listener's)."""
    device: str = ""
    by: str = ""
    """The neighbour that it is sent through if no route leads to its address."""

    def key(self, number: int) -> Key:
        """The key of its packets, sent with this sender number."""
        if self.service.protocol is Protocol.ICMP:
            return ICMP4 if self.address.version == 4 else ICMP6, number, self.address.packed, SEQUENCE
        return TCP if self.service.protocol is Protocol.TCP else UDP, number, self.address.packed, self.wire_port

    @property
    def wire_port(self) -> int:
        return self.port or self.service.port or 0


class Plan:
    """All probes between the endpoints of a blueprint; `ready` is the state of their namespaces."""

    def __init__(
        self,
        blueprint: Blueprint,
        declared: DeclaredTraffic,
        endpoints: dict[str, Endpoint],
        ready: dict[str, WorkerReady],
    ) -> None:
        self.blueprint = blueprint
        self.declared = declared
        self.endpoints = endpoints
        self.ready = ready
        self.services = tried(blueprint)

    @cached_property
    def vantages(self) -> tuple[Endpoint, ...]:
        return tuple(endpoint for endpoint in self.endpoints.values() if endpoint.kind is not EndpointKind.PEER)

    def probes(self) -> Iterator[Probe]:
        """Every ordered pair of vantage points: every address of the target, every service, both families."""
        for sender in self.vantages:
            for target in self.vantages:
                if sender is not target:
                    for segment in target.interfaces:
                        yield from self._to_interface(sender, target, segment)

    def controls(self) -> Iterator[Probe]:
        """Controls that must succeed in the same batch, for every endpoint that sends or receives."""
        for endpoint in self.endpoints.values():
            yield from self._loopback(endpoint)
        for segment in self.blueprint.segments:
            if restricted(segment):
                yield from self._over_management(segment.id)
            else:
                yield from self._among_neighbours(segment.id)

    def _to_interface(self, sender: Endpoint, target: Endpoint, segment: str) -> Iterator[Probe]:
        neighbours = segment in sender.interfaces
        if neighbours and sender.bare and target.bare:
            return  # nothing is between two bare namespaces on one link; the controls use such pairs
        boundary = self._boundary(sender, target, segment)
        for pair in target.interfaces[segment]:
            for address in pair:
                for service in self.services:
                    yield self._probe(sender, target, segment, address, service, boundary)
        if neighbours and target.kind is EndpointKind.HOST and sender.kind is not EndpointKind.ENGINE:
            yield from self._link_local(sender, target, segment)
        if neighbours and target.kind is EndpointKind.HOST and sender.kind is EndpointKind.SEGMENT:
            yield from self._behind(sender, target, boundary)

    def _probe(
        self, sender: Endpoint, target: Endpoint, segment: str, address: Address, service: Service, boundary: Boundary
    ) -> Probe:
        right = self.declared.right(sender, target, segment, address, service)
        if right.unanswered and boundary is Boundary.GATEWAY:  # gateways accept it, but no member answers
            boundary = Boundary.TARGET if target.gateway else Boundary.SEGMENT
        return Probe(sender.name, target.name, address, service, right.sources, boundary)

    def _boundary(self, sender: Endpoint, target: Endpoint, segment: str) -> Boundary:
        if sender.location != target.location:
            return Boundary.LOCATIONS
        if sender.kind is EndpointKind.ENGINE:
            return Boundary.SENDER
        if target.kind is EndpointKind.ENGINE and segment in sender.interfaces:
            return Boundary.SEGMENT
        bastion = f"{EndpointKind.HOST}:{self.blueprint.bastion(sender.location).id}"
        kept_apart = restricted(self.blueprint.segment[segment])
        if segment in sender.interfaces:
            return Boundary.SEGMENT if kept_apart and bastion not in (sender.name, target.name) else Boundary.TARGET
        alone = all(restricted(self.blueprint.segment[interface]) for interface in sender.interfaces)
        return Boundary.SEGMENT if alone or (kept_apart and target.name != bastion) else Boundary.GATEWAY

    def _link_local(self, sender: Endpoint, target: Endpoint, segment: str) -> Iterator[Probe]:
        """Link-local IPv6 addresses, which are not planned and must not be reachable."""
        device = self._device(sender, segment)
        for interface in self._links(target).get(segment, ()) if device else ():
            if interface.ip.version == 6 and interface.ip.is_link_local:
                for service in (*self._one_each(), ADMINISTRATION):
                    yield Probe(
                        sender.name, target.name, interface.ip, service, frozenset(), Boundary.SEGMENT, device=device
                    )

    def _behind(self, sender: Endpoint, target: Endpoint, boundary: Boundary) -> Iterator[Probe]:
        """A host's unplanned networks, for example a container engine's: the host must not forward into them."""
        ready = self.ready.get(target.name)
        for address in behind(target, ready) if ready else ():
            for service in self.services:
                yield Probe(sender.name, target.name, address, service, frozenset(), boundary, by=target.name)

    def _links(self, endpoint: Endpoint) -> Mapping[str, tuple[Interface, ...]]:
        ready = self.ready.get(endpoint.name)
        return ready.links if ready else {}

    def _device(self, endpoint: Endpoint, segment: str) -> str:
        """The name of the endpoint's interface in a segment, or an empty string."""
        own = {pair.ipv6 for pair in endpoint.interfaces[segment]}
        links = self._links(endpoint).items()
        return next((link for link, interfaces in links if own & {interface.ip for interface in interfaces}), "")

    def _loopback(self, endpoint: Endpoint) -> Iterator[Probe]:
        ready = self.ready.get(endpoint.name)
        for text in LOOPBACKS if ready else ():
            address = ip_address(text)
            for service in (ADMINISTRATION, Service(Protocol.UDP, 22), ECHO):
                port = 0 if service is ECHO else ready.loopback[service.protocol, address.version] if ready else 0
                yield self._control(endpoint, endpoint, address, service, Control.LOOPBACK, port)

    def _among_neighbours(self, segment: str) -> Iterator[Probe]:
        """Segment and vantage points against the peer: every service in, and one service per protocol out."""
        peer = self.endpoints[f"{EndpointKind.PEER}:{segment}"]
        for endpoint in self.endpoints.values():
            if endpoint.bare and endpoint.kind is not EndpointKind.PEER and segment in endpoint.interfaces:
                for address in endpoint.interfaces[segment][0]:
                    for service in self.services:
                        yield self._control(peer, endpoint, address, service, Control.ANSWER)
                for address in peer.interfaces[segment][0]:
                    for service in self._one_each():
                        yield self._control(endpoint, peer, address, service, Control.ANSWER)

    def _over_management(self, segment: str) -> Iterator[Probe]:
        """In management segments neighbours are isolated, so the bastion's witness is the control."""
        bastion = self.endpoints[
            f"{EndpointKind.HOST}:{self.blueprint.bastion(self.blueprint.segment[segment].location).id}"
        ]
        sender = self.endpoints[f"{EndpointKind.SEGMENT}:{segment}"]
        for pair in bastion.interfaces.get(segment, ()):
            for address in pair:
                for service in self._one_each():
                    yield self._control(sender, bastion, address, service, Control.WIRE)

    def _one_each(self) -> tuple[Service, ...]:
        port = undeclared(self.blueprint)
        return ECHO, Service(Protocol.TCP, port), Service(Protocol.UDP, port)

    def _control(
        self, sender: Endpoint, target: Endpoint, address: Address, service: Service, control: Control, port: int = 0
    ) -> Probe:
        own = [pair[0 if address.version == 4 else 1] for interface in sender.interfaces.values() for pair in interface]
        sources = frozenset([address] if control is Control.LOOPBACK else own)
        return Probe(sender.name, target.name, address, service, sources, Boundary.TARGET, control, port)


def behind(host: Endpoint, ready: WorkerReady) -> tuple[Address, ...]:
    """Addresses on a host's unplanned links: its own, those of neighbours, and the first ones of their networks."""
    addresses: dict[Address, None] = {}
    for link, interfaces in ready.links.items():
        if link not in host.interfaces:
            own = [interface for interface in interfaces if not interface.ip.is_link_local]
            addresses |= dict.fromkeys(interface.ip for interface in own)
            addresses |= dict.fromkeys(
                neighbour for neighbour in ready.neighbours.get(link, ()) if not neighbour.is_link_local
            )
            addresses |= dict.fromkeys(
                chain.from_iterable(islice(interface.network.hosts(), NEXT) for interface in own)
            )
    return tuple(addresses)
