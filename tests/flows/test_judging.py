"""Judgements, one observation at a time: what a sender was told, what witnesses saw, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

import pytest
from miniature import example

from inventory.model.flows import Protocol, Service
from policies.verification.matrix.endpoints import endpoints
from policies.verification.matrix.evaluation import FailureReason, ObservedPackets, ProbeEvaluator, ProbeStatus
from policies.verification.matrix.failures import Failure
from policies.verification.matrix.packets import Key
from policies.verification.matrix.plan import Boundary, Control, Probe
from policies.verification.matrix.routes import Ways
from policies.verification.matrix.verdicts import ProbeAnswer, ProbeVerdict
from policies.verification.matrix.witness import Direction, ObservedPacket

POSTS = {endpoint.name: endpoint for endpoint in endpoints(example())}
OWN, OTHER = ip_address("10.70.16.240"), ip_address("10.70.16.2")
NUMBER = 20000
TCP8080, UDP53 = Service(Protocol.TCP, 8080), Service(Protocol.UDP, 53)
IN = ObservedPacket(Direction.IN, "cloud", OWN.packed)
OUT = ObservedPacket(Direction.OUT, "cloud", OWN.packed)
ADMITTED = ObservedPacket(Direction.ADMITTED, "", OWN.packed)
Seen = Mapping[str, list[ObservedPacket]]


def probe(boundary: Boundary, declared: bool = False, service: Service = TCP8080, **other: str) -> Probe:
    names = {"sender": "segment:p-grid", "target": "host:cloud1", "address": "10.70.3.10", **other}
    sources = frozenset([OWN]) if declared else frozenset()
    return Probe(names["sender"], names["target"], ip_address(names["address"]), service, sources, boundary)


def evaluated(
    one: Probe, answer: ProbeAnswer | None, seen: Seen, broken: dict[str, Failure] | None = None, **tables: Ways
) -> tuple[ProbeStatus, FailureReason | None]:
    key = one.key(NUMBER)
    notes: dict[str, dict[Key, list[ObservedPacket]]] = {name: {key: found} for name, found in seen.items()}
    ways = {name.replace("_", ":"): found for name, found in tables.items()}
    result = ProbeEvaluator(POSTS, ObservedPackets(notes), ways, broken or {}).evaluate(one, key, answer)
    return result.result, result.reason


OPEN, CLOSED, FILTERED = (
    ProbeAnswer(ProbeVerdict.OPEN),
    ProbeAnswer(ProbeVerdict.CLOSED),
    ProbeAnswer(ProbeVerdict.FILTERED),
)
NO_ROUTE, BROKEN = ProbeAnswer(ProbeVerdict.NO_ROUTE, "ENETUNREACH"), ProbeAnswer(ProbeVerdict.TOOL_ERROR, "EMFILE")
PROHIBITED = ProbeAnswer(ProbeVerdict.REJECTED, "", OTHER.packed, 13)
NOBODY_THERE = ProbeAnswer(ProbeVerdict.REJECTED, "", OTHER.packed, 1)


@pytest.mark.parametrize(
    ("answer", "seen", "expected"),
    [
        (OPEN, {"host:cloud1": [IN]}, (ProbeStatus.OPEN, None)),
        (OPEN, {}, (ProbeStatus.SURPRISE, FailureReason.UNSEEN)),
        (OPEN, {"host:cloud2": [IN]}, (ProbeStatus.SURPRISE, FailureReason.UNSEEN)),
        (OPEN, {"host:cloud1": [IN._replace(source=OTHER.packed)]}, (ProbeStatus.SURPRISE, FailureReason.MASKED)),
        (CLOSED, {"host:cloud1": [IN]}, (ProbeStatus.SURPRISE, FailureReason.NOT_OPEN)),
        (FILTERED, {}, (ProbeStatus.SURPRISE, FailureReason.NOT_OPEN)),
        (NO_ROUTE, {}, (ProbeStatus.SURPRISE, FailureReason.NOT_OPEN)),
        (BROKEN, {"host:cloud1": [IN]}, (ProbeStatus.TOOL_ERROR, FailureReason.TOOL)),
        (None, {"host:cloud1": [IN]}, (ProbeStatus.TOOL_ERROR, FailureReason.CONTROL)),
    ],
)
def test_declared(answer: ProbeAnswer | None, seen: Seen, expected: tuple[ProbeStatus, FailureReason | None]) -> None:
    assert evaluated(probe(Boundary.GATEWAY, declared=True), answer, seen) == expected


def test_a_silent_datagram_service_is_open_where_its_host_let_it_in() -> None:
    declared = probe(Boundary.TARGET, declared=True, service=UDP53)
    assert evaluated(declared, FILTERED, {"host:cloud1": [IN, ADMITTED]}) == (ProbeStatus.OPEN, None)
    assert evaluated(declared, FILTERED, {"host:cloud1": [IN]}) == (ProbeStatus.SURPRISE, FailureReason.NOT_OPEN)
    assert evaluated(declared, CLOSED, {"host:cloud1": [IN, ADMITTED]}) == (
        ProbeStatus.SURPRISE,
        FailureReason.UNSERVED,
    )
    assert evaluated(declared, CLOSED, {"host:cloud1": [IN]}) == (ProbeStatus.SURPRISE, FailureReason.NOT_OPEN), (
        "refused on the way"
    )


AT_GATEWAY: Seen = {"host:gw1": [IN._replace(device="p-grid")]}


@pytest.mark.parametrize(
    ("boundary", "answer", "seen", "expected"),
    [
        (Boundary.GATEWAY, FILTERED, AT_GATEWAY, (ProbeStatus.CLOSED, None)),
        (Boundary.GATEWAY, PROHIBITED, AT_GATEWAY, (ProbeStatus.CLOSED, None)),
        (Boundary.GATEWAY, FILTERED, {}, (ProbeStatus.TOOL_ERROR, FailureReason.NOT_SENT)),
        (Boundary.GATEWAY, NO_ROUTE, {}, (ProbeStatus.TOOL_ERROR, FailureReason.NOT_SENT)),
        (Boundary.GATEWAY, OPEN, AT_GATEWAY, (ProbeStatus.SURPRISE, FailureReason.ANSWERED)),
        (Boundary.GATEWAY, CLOSED, AT_GATEWAY, (ProbeStatus.SURPRISE, FailureReason.ANSWERED)),
        (Boundary.GATEWAY, FILTERED, {**AT_GATEWAY, "host:cloud1": [IN]}, (ProbeStatus.SURPRISE, FailureReason.PASSED)),
        (Boundary.GATEWAY, FILTERED, {"host:gw1": [OUT]}, (ProbeStatus.SURPRISE, FailureReason.PASSED)),
        (Boundary.GATEWAY, BROKEN, AT_GATEWAY, (ProbeStatus.TOOL_ERROR, FailureReason.TOOL)),
        (Boundary.GATEWAY, None, AT_GATEWAY, (ProbeStatus.TOOL_ERROR, FailureReason.CONTROL)),
        (Boundary.TARGET, FILTERED, {"host:cloud1": [IN]}, (ProbeStatus.CLOSED, None)),
        (Boundary.TARGET, FILTERED, {}, (ProbeStatus.TOOL_ERROR, FailureReason.NOT_SENT)),
        (Boundary.TARGET, FILTERED, {"host:cloud1": [IN, ADMITTED]}, (ProbeStatus.SURPRISE, FailureReason.ADMITTED)),
        (Boundary.SEGMENT, FILTERED, {"segment:p-grid": [OUT]}, (ProbeStatus.CLOSED, None)),
        (Boundary.SEGMENT, FILTERED, {}, (ProbeStatus.TOOL_ERROR, FailureReason.NOT_SENT)),
        (Boundary.SEGMENT, FILTERED, {"host:cloud1": [IN]}, (ProbeStatus.SURPRISE, FailureReason.PASSED)),
        (Boundary.LOCATIONS, NO_ROUTE, {}, (ProbeStatus.CLOSED, None)),
        (Boundary.LOCATIONS, FILTERED, {}, (ProbeStatus.SURPRISE, FailureReason.NO_ERRNO)),
        (Boundary.LOCATIONS, NO_ROUTE, {"host:cloud1": [IN]}, (ProbeStatus.SURPRISE, FailureReason.PASSED)),
    ],
)
def test_undeclared(
    boundary: Boundary, answer: ProbeAnswer | None, seen: Seen, expected: tuple[ProbeStatus, FailureReason | None]
) -> None:
    assert evaluated(probe(boundary), answer, seen) == expected


def test_a_gateway_that_looked_for_the_target_had_let_the_packet_pass() -> None:
    """`Nobody at that address` from a gateway's own address, where `prohibited` was due."""
    from_gateway = NOBODY_THERE._replace(offender=POSTS["host:gw1"].interfaces["p-grid"][0].ipv4.packed)
    assert evaluated(probe(Boundary.GATEWAY), from_gateway, AT_GATEWAY) == (ProbeStatus.SURPRISE, FailureReason.PASSED)
    stranger = NOBODY_THERE._replace(offender=ip_address("10.70.16.99").packed)
    assert evaluated(probe(Boundary.GATEWAY), stranger, AT_GATEWAY) == (ProbeStatus.CLOSED, None)


def test_between_the_locations_the_tables_decide() -> None:
    one = probe(Boundary.LOCATIONS, target="host:desk2", address="10.80.0.20")
    lead = Ways("10.80.0.0/24 via 10.70.3.11", False)
    assert evaluated(one, NO_ROUTE, {}, host_gw1=lead) == (ProbeStatus.SURPRISE, FailureReason.ROUTE)
    assert evaluated(one, NO_ROUTE, {}, **{"segment_p-grid": lead}) == (ProbeStatus.SURPRISE, FailureReason.ROUTE)
    assert evaluated(one, NO_ROUTE, {}, host_cloud1=lead) == (ProbeStatus.CLOSED, None), "not on this sender's way"


def test_between_the_locations_a_gateway_that_cannot_be_asked_proves_nothing() -> None:
    one = probe(Boundary.LOCATIONS, target="host:desk2", address="10.80.0.20")
    assert evaluated(one, NO_ROUTE, {}, {"host:gw1": Failure("not-running")}) == (
        ProbeStatus.TOOL_ERROR,
        FailureReason.CONTROL,
    )


def test_who_next_hops_the_world_to_the_gateway_need_not_be_told_at_once() -> None:
    one = probe(Boundary.LOCATIONS, sender="host:portal1", target="host:desk2", address="10.80.0.20")
    assert evaluated(one, FILTERED, {}, host_portal1=Ways("", True)) == (ProbeStatus.CLOSED, None)
    assert evaluated(one, FILTERED, {}, host_portal1=Ways("", False)) == (ProbeStatus.SURPRISE, FailureReason.NO_ERRNO)


def test_an_engine_lets_nothing_out() -> None:
    one = probe(Boundary.SENDER, service=UDP53, sender="engine:extranet")
    assert evaluated(one, ProbeAnswer(ProbeVerdict.FILTERED, "EPERM"), {}) == (ProbeStatus.CLOSED, None)
    assert evaluated(one, FILTERED, {}) == (ProbeStatus.SURPRISE, FailureReason.PASSED), "its table did not keep it in"
    assert evaluated(one, ProbeAnswer(ProbeVerdict.FILTERED, "EPERM"), {"engine:extranet": [OUT]}) == (
        ProbeStatus.SURPRISE,
        FailureReason.PASSED,
    )


def test_without_a_control_closed_proves_nothing_and_a_surprise_stays_one() -> None:
    one, broken = probe(Boundary.GATEWAY), {"host:gw1": Failure("deaf", "cloud")}
    assert evaluated(one, FILTERED, AT_GATEWAY, broken) == (ProbeStatus.TOOL_ERROR, FailureReason.CONTROL)
    assert evaluated(one, OPEN, AT_GATEWAY, broken) == (ProbeStatus.SURPRISE, FailureReason.ANSWERED)
    assert evaluated(one, FILTERED, AT_GATEWAY, {"host:infra1": Failure("ended")}) == (ProbeStatus.CLOSED, None)


def test_controls_have_to_succeed() -> None:
    answer = Probe("peer:p-grid", "segment:p-grid", OWN, TCP8080, frozenset([OTHER]), Boundary.TARGET, Control.ANSWER)
    key = answer.key(NUMBER)
    arrived = {"segment:p-grid": {key: [IN._replace(source=OTHER.packed)]}}
    other = {"segment:p-grid": {key: [IN]}}
    assert ProbeEvaluator(POSTS, ObservedPackets(arrived), {}, {}).failed(answer, key, OPEN) is None
    assert ProbeEvaluator(POSTS, ObservedPackets(arrived), {}, {}).failed(answer, key, CLOSED)
    assert ProbeEvaluator(POSTS, ObservedPackets(arrived), {}, {}).failed(answer, key, None)
    assert ProbeEvaluator(POSTS, ObservedPackets({}), {}, {}).failed(answer, key, OPEN)
    assert ProbeEvaluator(POSTS, ObservedPackets(other), {}, {}).failed(answer, key, OPEN)


def test_a_endpoint_that_does_not_see_itself_sees_nothing() -> None:
    own = Probe(
        "host:gw1", "host:gw1", ip_address("127.0.0.1"), TCP8080, frozenset(), Boundary.TARGET, Control.LOOPBACK
    )
    key = own.key(NUMBER)
    looped = {"host:gw1": {key: [ObservedPacket(Direction.IN, "lo", b"")]}}
    assert ProbeEvaluator(POSTS, ObservedPackets(looped), {}, {}).failed(own, key, OPEN) is None
    assert ProbeEvaluator(POSTS, ObservedPackets({}), {}, {}).failed(own, key, OPEN)
