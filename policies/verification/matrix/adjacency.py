"""Link-layer adjacency: a broadcast in a segment reaches all endpoints on its link, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.verification.matrix.endpoints import Endpoint, EndpointKind
from policies.verification.matrix.failures import ProbeFailure
from policies.verification.matrix.messages import WorkerResults
from policies.verification.matrix.packets import Key
from policies.verification.matrix.witness import Direction

Hearers = Mapping[str, frozenset[tuple[str, str]]]
"""Segment -> endpoints that received its broadcast, and the interface."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A broadcast received by an endpoint that has no interface in the segment."""

    segment: str
    endpoint: str
    device: str


def hearers(calls: Mapping[str, Key], results_by_name: Mapping[str, WorkerResults]) -> Hearers:
    """`calls`: segment -> the key of the broadcast that was sent in it."""
    return {
        segment: frozenset(
            (name, observed_packet.device)
            for name, results in results_by_name.items()
            for observed_packet in results.seen.get(key, ())
            if observed_packet.direction is Direction.IN
        )
        for segment, key in calls.items()
    }


def deaf(endpoints: Mapping[str, Endpoint], heard: Hearers) -> Iterator[tuple[str, ProbeFailure]]:
    """Endpoints that missed the broadcast of one of their segments: without a link, closed probes prove nothing."""
    for name, endpoint in endpoints.items():
        # engines do not answer in segments, and segment endpoints send the broadcasts
        listening = () if endpoint.kind in (EndpointKind.ENGINE, EndpointKind.SEGMENT) else endpoint.interfaces
        cut = [segment for segment in listening if name not in {receiver for receiver, _ in heard[segment]}]
        if cut:
            yield name, ProbeFailure("call-missed", ", ".join(cut))


def joined(endpoints: Mapping[str, Endpoint], heard: Hearers) -> Iterator[Heard]:
    """Broadcasts received by an endpoint that is not in the segment."""
    for segment, receivers in heard.items():
        for name, device in sorted(receivers):
            if segment not in endpoints[name].interfaces or endpoints[name].kind is EndpointKind.ENGINE:
                yield Heard(segment, name, device)
