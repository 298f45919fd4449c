"""Evaluate probes: from observations to results, without side effects."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from inventory.model.flows import Protocol
from policies.verification.matrix.endpoints import Endpoint, EndpointKind
from policies.verification.matrix.failures import ProbeFailure
from policies.verification.matrix.packets import NEIGHBOUR_UNREACHABLE, Key
from policies.verification.matrix.plan import Boundary, Control, Probe
from policies.verification.matrix.routes import Ways
from policies.verification.matrix.verdicts import ProbeAnswer, ProbeVerdict
from policies.verification.matrix.witness import LOOPBACK, Direction, ObservedPacket

KEPT_IN = errno.errorcode[errno.EPERM]


class ProbeStatus(StrEnum):
    OPEN = "open"
    """Open as declared."""
    CLOSED = "closed"
    """Closed as declared."""
    SURPRISE = "surprise"
    TOOL_ERROR = "tool-error"


class FailureReason(StrEnum):
    """Why a result is not as expected; texts.toml has the sentences."""

    NOT_OPEN = "not-open"
    UNSERVED = "unserved"
    UNSEEN = "unseen"
    MASKED = "masked"
    ANSWERED = "answered"
    PASSED = "passed"
    ADMITTED = "admitted"
    ROUTE = "route"
    NO_ERRNO = "no-errno"
    NOT_SENT = "not-sent"
    TOOL = "tool"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    result: ProbeStatus
    verdict: ProbeVerdict
    reason: FailureReason | None = None
    evidence: str = ""


class ObservedPackets:
    """The packets that all witnesses saw, by probe."""

    def __init__(self, seen: Mapping[str, Mapping[Key, Iterable[ObservedPacket]]]) -> None:
        self._at: dict[Key, list[tuple[str, ObservedPacket]]] = {}
        for endpoint, notes in seen.items():
            for key, observed_packets in notes.items():
                self._at.setdefault(key, []).extend((endpoint, packet) for packet in observed_packets)

    def of(self, key: Key, endpoints: Collection[str], direction: Direction) -> list[ObservedPacket]:
        """Packets that some endpoints received, over real links."""
        return [
            packet
            for endpoint, packet in self._at.get(key, ())
            if endpoint in endpoints and packet.direction is direction and packet.device != LOOPBACK
        ]

    def looped(self, key: Key, endpoint: str) -> bool:
        """Whether an endpoint's own witness saw it on its loopback."""
        return any(where == endpoint and packet.device == LOOPBACK for where, packet in self._at.get(key, ()))


class ProbeEvaluator:
    """Evaluates the probes of one run."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        observed_packets: ObservedPackets,
        ways: Mapping[str, Ways],
        broken: dict[str, ProbeFailure],
    ) -> None:
        self.endpoints = endpoints
        self.observed_packets = observed_packets
        self.ways = ways
        self.broken = broken
        """Endpoint -> why its probes cannot be evaluated."""
        self.gateways = {
            location: frozenset(
                endpoint.name for endpoint in endpoints.values() if endpoint.gateway and endpoint.location == location
            )
            for location in {endpoint.location for endpoint in endpoints.values()}
        }

    def evaluate(self, probe: Probe, key: Key, answer: ProbeAnswer | None) -> ProbeResult:
        """A surprise counts even if a control failed; an expected result does not."""
        if answer is None:
            return ProbeResult(
                ProbeStatus.TOOL_ERROR, ProbeVerdict.TOOL_ERROR, FailureReason.CONTROL, self._why_broken(probe)
            )
        evaluated = self._declared(probe, key, answer) if probe.sources else self._undeclared(probe, key, answer)
        if evaluated.result in (ProbeStatus.OPEN, ProbeStatus.CLOSED) and (why := self._why_broken(probe)):
            return ProbeResult(ProbeStatus.TOOL_ERROR, ProbeVerdict.TOOL_ERROR, FailureReason.CONTROL, why)
        return evaluated

    def failed(self, probe: Probe, key: Key, answer: ProbeAnswer | None) -> ProbeFailure | None:
        """Why a control did not succeed, or None."""
        if answer is None:
            return ProbeFailure("not-sent")
        if probe.control is Control.LOOPBACK and not self.observed_packets.looped(key, probe.target):
            return ProbeFailure("unseen-by-itself")
        seen = self.observed_packets.of(key, (probe.target,), Direction.IN)
        if probe.control is Control.WIRE:
            return None if seen else ProbeFailure("not-arrived")
        if answer.verdict is not ProbeVerdict.OPEN:
            return ProbeFailure("reported", f"{answer.verdict} {answer.detail}".strip())
        if probe.control is Control.ANSWER:
            wrong = {item.source for item in seen} - {source.packed for source in probe.sources}
            return ProbeFailure("unseen") if not seen else ProbeFailure("other-source") if wrong else None
        return None

    def _declared(self, probe: Probe, key: Key, answer: ProbeAnswer) -> ProbeResult:
        seen = self.observed_packets.of(key, (probe.target,), Direction.IN)
        verdict = answer.verdict
        if verdict is ProbeVerdict.TOOL_ERROR:
            return ProbeResult(ProbeStatus.TOOL_ERROR, verdict, FailureReason.TOOL, answer.detail)
        if verdict is ProbeVerdict.FILTERED and probe.service.protocol is Protocol.UDP and self._admitted(probe, key):
            verdict = ProbeVerdict.OPEN  # a silent service: its host accepted the datagram and did not refuse it
        wrong = {item.source for item in seen} - {source.packed for source in probe.sources}
        if wrong:
            return ProbeResult(
                ProbeStatus.SURPRISE, verdict, FailureReason.MASKED, ", ".join(sorted(map(_text, wrong)))
            )
        if verdict is ProbeVerdict.CLOSED and self._admitted(probe, key):
            return ProbeResult(ProbeStatus.SURPRISE, verdict, FailureReason.UNSERVED, _evidence(answer))
        if verdict is not ProbeVerdict.OPEN:
            return ProbeResult(ProbeStatus.SURPRISE, verdict, FailureReason.NOT_OPEN, _evidence(answer))
        if not seen:
            return ProbeResult(ProbeStatus.SURPRISE, verdict, FailureReason.UNSEEN)
        return ProbeResult(ProbeStatus.OPEN, verdict)

    def _undeclared(self, probe: Probe, key: Key, answer: ProbeAnswer) -> ProbeResult:
        if answer.verdict in (ProbeVerdict.OPEN, ProbeVerdict.CLOSED):
            return ProbeResult(ProbeStatus.SURPRISE, answer.verdict, FailureReason.ANSWERED, _evidence(answer))
        if self._admitted(probe, key):
            return ProbeResult(ProbeStatus.SURPRISE, answer.verdict, FailureReason.ADMITTED)
        if passed := self._beyond(probe, key, answer):
            return ProbeResult(ProbeStatus.SURPRISE, answer.verdict, FailureReason.PASSED, passed)
        if answer.verdict is ProbeVerdict.TOOL_ERROR:
            return ProbeResult(ProbeStatus.TOOL_ERROR, answer.verdict, FailureReason.TOOL, answer.detail)
        if probe.boundary is Boundary.LOCATIONS:
            return self._apart(probe, answer)
        if not self._reached(probe, key, answer):
            return ProbeResult(
                ProbeStatus.TOOL_ERROR, ProbeVerdict.TOOL_ERROR, FailureReason.NOT_SENT, _evidence(answer)
            )
        return ProbeResult(ProbeStatus.CLOSED, answer.verdict)

    def _apart(self, probe: Probe, answer: ProbeAnswer) -> ProbeResult:
        """Between locations the routing tables of the sender and its gateways decide; an errno alone proves nothing."""
        sender = self.endpoints[probe.sender]
        for name in (probe.sender, *sorted(self.gateways[sender.location])):
            if name in self.ways and (route := self.ways[name].into):
                return ProbeResult(ProbeStatus.SURPRISE, answer.verdict, FailureReason.ROUTE, f"{name}: {route}")
        asks_gateway = probe.sender in self.ways and self.ways[probe.sender].by_gateway
        if answer.verdict is not ProbeVerdict.NO_ROUTE and not asks_gateway:
            return ProbeResult(ProbeStatus.SURPRISE, answer.verdict, FailureReason.NO_ERRNO, _evidence(answer))
        return ProbeResult(ProbeStatus.CLOSED, ProbeVerdict.NO_ROUTE)

    def _admitted(self, probe: Probe, key: Key) -> bool:
        return bool(self.observed_packets.of(key, (probe.target,), Direction.ADMITTED))

    def _beyond(self, probe: Probe, key: Key, answer: ProbeAnswer) -> str:
        """Where it was seen behind the boundary that should have stopped it, or an empty string."""
        sender = self.endpoints[probe.sender]
        gateways = self.gateways[sender.location] - {probe.sender, probe.target}
        if self.observed_packets.of(key, (probe.target,), Direction.OUT):
            return f"{probe.target}: out"
        apart = probe.boundary is not Boundary.TARGET and not self._is_at_gateway(probe)
        if apart and self.observed_packets.of(key, (probe.target,), Direction.IN):
            return f"{probe.target}: in"
        if sender.kind is EndpointKind.ENGINE and self._let_out(probe, key, answer):
            return f"{probe.sender}: out"
        if probe.boundary is Boundary.SEGMENT:
            return ""
        forwarded = [name for name in sorted(gateways) if self.observed_packets.of(key, (name,), Direction.OUT)]
        if forwarded:
            return f"{forwarded[0]}: out"
        if answer.verdict is ProbeVerdict.REJECTED and self._unresolved(answer) and self._by_gateway(answer):
            return f"{_text(answer.offender)}: in"  # the gateway resolved the target, so it had accepted it
        return ""

    def _let_out(self, probe: Probe, key: Key, answer: ProbeAnswer) -> bool:
        """Whether the engine's own output rules failed to stop the probe.

        The kernel reports a drop immediately, except for TCP. A failed neighbour resolution does not count as a drop.
        """
        failed_at_once = probe.service.protocol is not Protocol.TCP and answer.verdict is ProbeVerdict.FILTERED
        unstopped = failed_at_once and answer.detail != KEPT_IN
        return unstopped or bool(self.observed_packets.of(key, (probe.sender,), Direction.OUT))

    def _is_at_gateway(self, probe: Probe) -> bool:
        """Whether the target is a gateway's address in another segment: it receives what it then rejects."""
        return probe.boundary is Boundary.GATEWAY and self.endpoints[probe.target].gateway

    def _unresolved(self, answer: ProbeAnswer) -> bool:
        return answer.code == NEIGHBOUR_UNREACHABLE[4 if len(answer.offender) == 4 else 6]

    def _by_gateway(self, answer: ProbeAnswer) -> bool:
        pairs = (
            pair
            for endpoint in self.endpoints.values()
            if endpoint.gateway
            for interface in endpoint.interfaces.values()
            for pair in interface
        )
        return any(answer.offender in (pair.ipv4.packed, pair.ipv6.packed) for pair in pairs)

    def _reached(self, probe: Probe, key: Key, answer: ProbeAnswer) -> bool:
        """Whether it reached the boundary that stopped it. Hosts and engines may stop their own probes themselves."""
        sender = self.endpoints[probe.sender]
        if not sender.bare:
            return True
        if sender.kind is EndpointKind.VANTAGE and (
            answer.verdict is ProbeVerdict.NO_ROUTE or probe.boundary is Boundary.SEGMENT
        ):
            return True  # operators have fewer routes and may not resolve a link address
        if probe.boundary is Boundary.GATEWAY:
            return bool(self.observed_packets.of(key, self.gateways[sender.location], Direction.IN))
        if probe.boundary is Boundary.TARGET:
            return bool(self.observed_packets.of(key, (probe.target,), Direction.IN))
        return bool(self.observed_packets.of(key, (probe.sender,), Direction.OUT))

    def _why_broken(self, probe: Probe) -> str:
        sender = self.endpoints[probe.sender]
        needs_gateways = probe.boundary in (Boundary.GATEWAY, Boundary.LOCATIONS)  # as witnesses, or for their tables
        between = sorted(self.gateways[sender.location]) if needs_gateways else []
        names = [name for name in (probe.sender, probe.target, *between) if name in self.broken]
        return "; ".join(f"{name}: {self.broken[name].text('en')}" for name in names)


def _evidence(answer: ProbeAnswer) -> str:
    by = f"{_text(answer.offender)} code {answer.code}" if answer.offender else ""
    return " ".join(filter(None, (answer.detail, by)))


def _text(packed: bytes) -> str:
    return str(ip_address(packed))
