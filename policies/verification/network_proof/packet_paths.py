"""One packet's journey through the district, hop by hop, over the real rules: its route, and who stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.model.flows import Protocol, Service
from policies.nftproof.hooks import Hook
from policies.nftproof.interpreter import Interpreter, Passage
from policies.nftproof.listing import Ruleset
from policies.nftproof.values import text_number
from policies.verification.network_proof.expected_traffic import FAMILIES, FAR, PROTOCOL
from policies.verification.network_proof.topology import Address, Topology, TopologyNode

MOST_HOPS = 8
NEW, ESTABLISHED = 8, 2
LOCAL_PORT = 40000
"""An undeclared source port, as a sender picks one."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A host's hook that the packet reached, and its verdict there; `passage` is what decided."""

    host: str
    hook: str
    into: str
    out: str
    verdict: str
    passage: Passage | None = None


@dataclass(slots=True)
class Journey:
    """The whole journey. `ended`: arrived, refused (by the last hop), no-route, nobody or loop; `at`: where."""

    hops: list[Hop] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)
    ended: str = ""
    at: str = ""

    @property
    def arrived(self) -> bool:
        return self.ended == "arrived"


class Walker:
    """Sends packets through the model. `rulesets`: host -> the rules as its kernel lists them."""

    def __init__(self, locations: Topology, rulesets: Mapping[str, Ruleset]) -> None:
        self.locations = locations
        self.rulesets = rulesets
        self._interpreters: dict[str, Interpreter] = {}

    def begin(self, sender: TopologyNode, source: Address, target: Address, service: Service) -> Journey:
        """The first packet of a connection."""
        return self.walk(sender, target, packet(source, target, service))

    def answer(self, responder: TopologyNode, source: Address, target: Address, service: Service) -> Journey:
        """The answer; conntrack knows it as established on every host that the first packet passed."""
        return self.walk(responder, source, reply(source, target, service))

    def walk(self, sender: TopologyNode, target: Address, sent: Mapping[str, int]) -> Journey:
        """From a sender to the owner of the target's address, as far as routes and rules permit."""
        journey = Journey()
        step = self._next(sender, target)
        if step is None:
            return self._end(journey, "no-route", sender.id)
        segment, hop = step
        if sender.ruled and not self._passes(journey, sender, "output", "", segment, sent):
            return self._end(journey, "refused", sender.id)
        for _ in range(MOST_HOPS):
            journey.segments.append(segment)
            bearer = self.locations.bearer(segment, hop)
            if bearer is None:
                return self._end(journey, "nobody", segment)
            if bearer.owns(target):
                here = not bearer.ruled or self._passes(journey, bearer, "input", segment, "", sent)
                return self._end(journey, "arrived" if here else "refused", bearer.id)
            step = self._next(bearer, target) if bearer.ruled else None
            if step is None:
                return self._end(journey, "no-route", bearer.id)
            if not self._passes(journey, bearer, "forward", segment, step[0], sent):
                return self._end(journey, "refused", bearer.id)
            segment, hop = step
        return self._end(journey, "loop", segment)

    def hook(self, host: str, hook: str, sent: Mapping[str, int]) -> tuple[str, Passage | None]:
        """One hook's verdict on a packet, and what decided."""
        if host not in self._interpreters:
            self._interpreters[host] = Interpreter(self.rulesets[host])
        outcome = self._interpreters[host].outcome(Hook("ip", hook), sent)
        return outcome.verdict, outcome.trail[-1] if outcome.trail else None

    def _passes(
        self, journey: Journey, node: TopologyNode, hook: str, into: str, out: str, sent: Mapping[str, int]
    ) -> bool:
        packet_here = {**sent, "iif": text_number(into), "oif": text_number(out)}
        verdict, passage = self.hook(node.id, hook, packet_here)
        journey.hops.append(Hop(node.id, hook, into, out, verdict, passage))
        return verdict == "accept"

    def _next(self, node: TopologyNode, target: Address) -> tuple[str, Address] | None:
        """(segment, next hop), by the longest prefix; None if no route matches."""
        best: tuple[int, str, Address] | None = None
        for interface in node.interfaces:
            for prefix in self.locations.blueprint.segment[interface].prefixes:
                if target in prefix and (best is None or prefix.prefixlen > best[0]):
                    best = (prefix.prefixlen, interface, target)
        for route in node.routes:
            if target in route.prefix and (best is None or route.prefix.prefixlen > best[0]):
                segment = self.locations.link(route.via)
                if segment in node.interfaces:
                    best = (route.prefix.prefixlen, str(segment), route.via)
        return best[1:] if best else None

    @staticmethod
    def _end(journey: Journey, ended: str, at: str) -> Journey:
        journey.ended, journey.at = ended, at
        return journey


def packet(source: Address, target: Address, service: Service, state: int = NEW) -> dict[str, int]:
    """A new packet, with the proof's field names."""
    family = FAMILIES[0 if target.version == 4 else 1]
    sent = {"l3": family.l3, family.source: int(source), family.target: int(target), "ct state": state}
    sent |= {"ip6 hoplimit": FAR - 1} if target.version == 6 else {"ip ttl": FAR - 1}
    if service.protocol is Protocol.ICMP:
        return sent | {name: values[0][0] for name, values in family.echo.items()}
    return sent | {"l4proto": PROTOCOL[service.protocol], "sport": LOCAL_PORT, "dport": int(service.port or 0)}


def reply(source: Address, target: Address, service: Service) -> dict[str, int]:
    """The answer to that packet."""
    sent = packet(target, source, service, ESTABLISHED)
    if service.protocol is Protocol.ICMP:
        return sent | ({"icmp type": 0} if target.version == 4 else {"icmpv6 type": 129})
    return sent | {"sport": int(service.port or 0), "dport": LOCAL_PORT}
