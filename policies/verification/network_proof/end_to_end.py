"""From endpoint to endpoint over the real rules: declared connections arrive and are answered, others do not arrive.

The exact hooks show what each host passes; this shows that a packet's route leads through them, in both
directions and through the same gateways. Expectations are the packet matrix's own (`matrix.expected_traffic`),
which uses no boxes: so its sampled packets are an independent cross-check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, permutations, product

from inventory.model.flows import Service
from inventory.model.paths import End, Path
from policies.verification.matrix.endpoints import Endpoint, EndpointKind, endpoints
from policies.verification.matrix.expected_traffic import DeclaredTraffic
from policies.verification.matrix.probed_services import tried
from policies.verification.network_proof.findings import FindingKind, ProofFinding, decision
from policies.verification.network_proof.packet_paths import Journey, Walker, packet, reply
from policies.verification.network_proof.topology import Address, TopologyNode

MOST_PAIRS = 5000


@dataclass(frozen=True, slots=True)
class Question:
    """Whether this sender, with this source address, may open a connection to the target with this service."""

    sender: TopologyNode
    source: Address
    target: Address
    segment: str
    service: Service
    declared: bool


class Crossing:
    """All ordered pairs of endpoints: segments, vantage points and hosts."""

    def __init__(self, walker: Walker, paths: Sequence[Path]) -> None:
        self.walker = walker
        self.paths = paths
        self._declared = DeclaredTraffic(paths)
        self._endpoints = [
            endpoint
            for endpoint in endpoints(walker.locations.blueprint)
            if endpoint.kind not in (EndpointKind.PEER, EndpointKind.ENGINE)
        ]

    @property
    def pairs(self) -> int:
        return len(self._endpoints) * (len(self._endpoints) - 1)

    def declared(self) -> Iterator[Question]:
        """Every flow between every two endpoints that it concerns."""
        seen: set[tuple[str, str, str, Service]] = set()
        for path in self.paths:
            for sender, target in product(self._at(path.source), self._at(path.target)):
                key = (sender.name, target.name, path.target.segment, path.service)
                if sender is not target and key not in seen:
                    seen.add(key)
                    questions = self._asked(sender, target, path.target.segment, [path.service])
                    yield from (question for question in questions if question.declared)

    def _at(self, end: End) -> list[Endpoint]:
        """Endpoints that may belong to an end of a path; the expected traffic decides which do."""
        members = self._members.get(end.segment, [])
        return [member for member in members if not end.hosts or member.id in end.hosts]

    @cached_property
    def _members(self) -> dict[str, list[Endpoint]]:
        members: dict[str, list[Endpoint]] = {}
        for endpoint in self._endpoints:
            for interface in endpoint.interfaces:
                members.setdefault(interface, []).append(endpoint)
        return members

    def sampled(self, each: int) -> Iterator[Question]:
        """For every pair (of very many, an even sample), this number of services that no flow allows, in turn."""
        services, begin = tried(self.walker.locations.blueprint), 0
        every = max(1, self.pairs // MOST_PAIRS)
        for sender, target in islice(permutations(self._endpoints, 2), 0, None, every):
            for segment in target.interfaces:
                chosen = [services[(begin + number) % len(services)] for number in range(each)]
                begin += each
                yield from (item for item in self._asked(sender, target, segment, chosen) if not item.declared)

    def _asked(
        self, sender: Endpoint, target: Endpoint, segment: str, services: Sequence[Service]
    ) -> Iterator[Question]:
        if _alone(sender, target, segment):
            return
        for address in (address for pair in target.interfaces[segment] for address in pair):
            for service in services:
                yield from self._questions(sender, target, segment, address, service)

    def _questions(
        self, sender: Endpoint, target: Endpoint, segment: str, address: Address, service: Service
    ) -> Iterator[Question]:
        expected = self._declared.right(sender, target, segment, address, service)
        for pairs in sender.interfaces.values():
            for own in (own for pair in pairs for own in pair if own.version == address.version):
                node = self.walker.locations.nodes[sender.name]
                yield Question(node, own, address, segment, service, own in expected.sources)

    def wrong(self, question: Question) -> ProofFinding | None:
        """The difference between the expectation and the packet's journey; None if there is none."""
        there = self.walker.begin(question.sender, question.source, question.target, question.service)
        sent = packet(question.source, question.target, question.service)
        if not question.declared:
            return self._finding(FindingKind.OPEN, question, there, sent) if there.arrived else None
        if not there.arrived:
            return self._finding(FindingKind.CLOSED, question, there, sent)
        return self._unanswered(question, there)

    def _unanswered(self, question: Question, there: Journey) -> ProofFinding | None:
        bearer = self.walker.locations.bearer(question.segment, question.target)
        if bearer is None:
            return None
        back = self.walker.answer(bearer, question.source, question.target, question.service)
        if back.arrived and _gateways(back) == _gateways(there)[::-1]:
            return None
        return self._finding(
            FindingKind.CLOSED, question, back, reply(question.source, question.target, question.service)
        )

    def _finding(self, fault: FindingKind, question: Question, journey: Journey, sent: dict[str, int]) -> ProofFinding:
        last = journey.hops[-1] if journey.hops else None
        host = last.host if last else question.sender.id
        decided = decision(self.walker.rulesets[last.host], last.hook, last.passage) if last else None
        flow = next(
            (path.flow for path in self.paths if path.service == question.service and _names(path, question)), ""
        )
        why = "" if journey.ended in ("refused", "arrived") else f"{journey.ended} {journey.at}"
        return ProofFinding(
            fault, host, last.hook if last else "", flow, why, sent, decided, way(question.sender, journey)
        )


def way(sender: TopologyNode, journey: Journey) -> tuple[str, ...]:
    """Hosts and segments in order, and where the journey ends."""
    names = [sender.id]
    forwarders = iter(hop.host for hop in journey.hops if hop.hook == "forward")
    for number, segment in enumerate(journey.segments):
        if number:
            names.append(next(forwarders, "?"))
        names.append(segment)
    return (*names, *([journey.at] if journey.at not in names else []))


def _names(path: Path, question: Question) -> bool:
    return path.target.segment == question.segment and path.source.segment in question.sender.interfaces


def _gateways(journey: Journey) -> list[str]:
    return [hop.host for hop in journey.hops if hop.hook == "forward"]


def _alone(sender: Endpoint, target: Endpoint, segment: str) -> bool:
    """Two bare endpoints in one segment: no host's rules are between them."""
    return sender.bare and target.bare and segment in sender.interfaces
