"""The whole matrix on paper: every probe of a run, what is expected of it and which boundary should stop it."""

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
"""Every echo request of a sender's round goes to another address, so one number serves all."""


NEXT = 4
"""How many addresses of an unplanned network are tried: container engines give them out from the first."""


class Boundary(StrEnum):
    """Who stands between a sender and a target, and so has to stop what is not declared."""

    LOCATIONS = "locations"
    """Nobody: between the places there is no way."""
    GATEWAY = "gateway"
    """The gateways between two segments."""
    SEGMENT = "segment"
    """The segment itself: management, where only the bastion is spoken with, and link-local traffic everywhere."""
    TARGET = "target"
    """The target's own rules; nothing else stands between neighbours."""
    SENDER = "sender"
    """The sender's own: an engine's namespace lets nothing out and nothing in."""


class Control(StrEnum):
    """Probes that have to succeed, or what their stations say proves nothing."""

    LOOPBACK = "loopback"
    """A station speaks with itself: the tool works in its namespace, its witness sees."""
    ANSWER = "answer"
    """A neighbour answers."""
    WIRE = "wire"
    """A neighbour that may not answer sees it arrive."""


@dataclass(frozen=True, slots=True)
class Probe:
    sender: str
    target: str
    address: Address
    service: Service
    sources: frozenset[Address]
    """The sender's addresses that are allowed to begin it; none: it is to be closed."""
    boundary: Boundary
    control: Control | None = None
    port: int = 0
    """The port where it is not the service's own (a loopback listener's)."""
    device: str = ""
    by: str = ""
    """The neighbour that it is handed to, where no route leads to its address."""

    def key(self, number: int) -> Key:
        """What its packets are about, sent with this own number."""
        if self.service.protocol is Protocol.ICMP:
            return ICMP4 if self.address.version == 4 else ICMP6, number, self.address.packed, SEQUENCE
        return TCP if self.service.protocol is Protocol.TCP else UDP, number, self.address.packed, self.wire_port

    @property
    def wire_port(self) -> int:
        return self.port or self.service.port or 0


class Plan:
    """All probes between the stations of a blueprint; `seated` is what the namespaces turned out to be like."""

    def __init__(
        self,
        blueprint: Blueprint,
        declared: DeclaredTraffic,
        posts: dict[str, Endpoint],
        seated: dict[str, WorkerReady],
    ) -> None:
        self.blueprint = blueprint
        self.declared = declared
        self.posts = posts
        self.seated = seated
        self.services = tried(blueprint)

    @cached_property
    def vantages(self) -> tuple[Endpoint, ...]:
        return tuple(post for post in self.posts.values() if post.kind is not EndpointKind.PEER)

    def probes(self) -> Iterator[Probe]:
        """Every ordered pair of vantage points: every address of the target, every service, both families."""
        for sender in self.vantages:
            for target in self.vantages:
                if sender is not target:
                    for segment in target.interfaces:
                        yield from self._to_interface(sender, target, segment)

    def controls(self) -> Iterator[Probe]:
        """What has to succeed in the same batch, for every station that sends or is to be reached."""
        for post in self.posts.values():
            yield from self._loopback(post)
        for segment in self.blueprint.segments:
            if restricted(segment):
                yield from self._over_management(segment.id)
            else:
                yield from self._among_neighbours(segment.id)

    def _to_interface(self, sender: Endpoint, target: Endpoint, segment: str) -> Iterator[Probe]:
        neighbours = segment in sender.interfaces
        if neighbours and sender.bare and target.bare:
            return  # nothing stands between two bare namespaces on one cable: that is what the controls use
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
        if right.unanswered and boundary is Boundary.GATEWAY:  # gateways let it pass, to nobody
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
        """IPv6 gives every link an address that nobody planned; in no segment may it lead anywhere."""
        device = self._device(sender, segment)
        for interface in self._links(target).get(segment, ()) if device else ():
            if interface.ip.version == 6 and interface.ip.is_link_local:
                for service in (*self._one_each(), ADMINISTRATION):
                    yield Probe(
                        sender.name, target.name, interface.ip, service, frozenset(), Boundary.SEGMENT, device=device
                    )

    def _behind(self, sender: Endpoint, target: Endpoint, boundary: Boundary) -> Iterator[Probe]:
        """What a host has beside its planned links, a container engine's for instance: nobody may be handed through."""
        seated = self.seated.get(target.name)
        for address in behind(target, seated) if seated else ():
            for service in self.services:
                yield Probe(sender.name, target.name, address, service, frozenset(), boundary, by=target.name)

    def _links(self, endpoint: Endpoint) -> Mapping[str, tuple[Interface, ...]]:
        seated = self.seated.get(endpoint.name)
        return seated.links if seated else {}

    def _device(self, endpoint: Endpoint, segment: str) -> str:
        """The station's link in a segment, whatever it is called there; nothing where it has none."""
        own = {pair.ipv6 for pair in endpoint.interfaces[segment]}
        found = (link for link, all_ in self._links(endpoint).items() if own & {interface.ip for interface in all_})
        return next(found, "")

    def _loopback(self, endpoint: Endpoint) -> Iterator[Probe]:
        seated = self.seated.get(endpoint.name)
        for text in LOOPBACKS if seated else ():
            address = ip_address(text)
            for service in (ADMINISTRATION, Service(Protocol.UDP, 22), ECHO):
                port = 0 if service is ECHO else seated.loopback[service.protocol, address.version] if seated else 0
                yield self._control(endpoint, endpoint, address, service, Control.LOOPBACK, port)

    def _among_neighbours(self, segment: str) -> Iterator[Probe]:
        """Segment and people against the peer, with every service in, and one of each protocol out."""
        peer = self.posts[f"{EndpointKind.PEER}:{segment}"]
        for post in self.posts.values():
            if post.bare and post.kind is not EndpointKind.PEER and segment in post.interfaces:
                for address in post.interfaces[segment][0]:
                    for service in self.services:
                        yield self._control(peer, post, address, service, Control.ANSWER)
                for address in peer.interfaces[segment][0]:
                    for service in self._one_each():
                        yield self._control(post, peer, address, service, Control.ANSWER)

    def _over_management(self, segment: str) -> Iterator[Probe]:
        """Where neighbours may not speak, the bastion's witness sees what is sent to it."""
        bastion = self.posts[
            f"{EndpointKind.HOST}:{self.blueprint.bastion(self.blueprint.segment[segment].location).id}"
        ]
        sender = self.posts[f"{EndpointKind.SEGMENT}:{segment}"]
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


def behind(host: Endpoint, seated: WorkerReady) -> tuple[Address, ...]:
    """Addresses on a host's unplanned links: its own, those it has had to do with, and the first of their networks."""
    found: dict[Address, None] = {}
    for link, interfaces in seated.links.items():
        if link not in host.interfaces:
            own = [interface for interface in interfaces if not interface.ip.is_link_local]
            found |= dict.fromkeys(interface.ip for interface in own)
            found |= dict.fromkeys(
                neighbour for neighbour in seated.neighbours.get(link, ()) if not neighbour.is_link_local
            )
            found |= dict.fromkeys(chain.from_iterable(islice(interface.network.hosts(), NEXT) for interface in own))
    return tuple(found)
