"""Who hears whom below IP: a call into a segment reaches all that are wired to it, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.verification.matrix.endpoints import Endpoint, EndpointKind
from policies.verification.matrix.failures import Failure
from policies.verification.matrix.messages import WorkerResults
from policies.verification.matrix.packets import Key
from policies.verification.matrix.witness import Direction

Hearers = Mapping[str, frozenset[tuple[str, str]]]
"""Segment -> stations that heard its call, and on which link."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A call into a segment's cable that somebody heard who has no leg in it."""

    segment: str
    endpoint: str
    device: str


def hearers(calls: Mapping[str, Key], harvests: Mapping[str, WorkerResults]) -> Hearers:
    """`calls`: segment -> the key of the call that was made in it."""
    return {
        segment: frozenset(
            (name, observed_packet.device)
            for name, results in harvests.items()
            for observed_packet in results.seen.get(key, ())
            if observed_packet.direction is Direction.IN
        )
        for segment, key in calls.items()
    }


def deaf(posts: Mapping[str, Endpoint], heard: Hearers) -> Iterator[tuple[str, Failure]]:
    """Stations that missed the call of a segment of theirs: a cut cable closes everything and proves nothing."""
    for name, one in posts.items():
        listening = (
            () if one.kind in (EndpointKind.ENGINE, EndpointKind.SEGMENT) else one.interfaces
        )  # an engine hides, a caller called
        cut = [interface for interface in listening if name not in {endpoint for endpoint, _ in heard[interface]}]
        if cut:
            yield name, Failure("deaf", ", ".join(cut))


def joined(posts: Mapping[str, Endpoint], heard: Hearers) -> Iterator[Heard]:
    """Calls that reached somebody whom no cable should bring them to."""
    for segment, found in heard.items():
        for name, device in sorted(found):
            if segment not in posts[name].interfaces or posts[name].kind is EndpointKind.ENGINE:
                yield Heard(segment, name, device)
