"""Evaluation of single probes: the sender's answer, what witnesses saw, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

import pytest
from miniature import example

from inventory.model.flows import Protocol, Service
from policies.verification.matrix.endpoints import endpoints
from policies.verification.matrix.evaluation import FailureReason, ObservedPackets, ProbeEvaluator, ProbeStatus
from policies.verification.matrix.failures import ProbeFailure
from policies.verification.matrix.packets import Key
from policies.verification.matrix.plan import Boundary, Control, Probe
from policies.verification.matrix.routes import Ways
from policies.verification.matrix.verdicts import ProbeAnswer, ProbeVerdict
from policies.verification.matrix.witness import Direction, ObservedPacket

ENDPOINTS = {endpoint.name: endpoint for endpoint in endpoints(example())}
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
    item: Probe, answer: ProbeAnswer | None, seen: Seen, broken: dict[str, ProbeFailure] | None = None, **tables: Ways
) -> tuple[ProbeStatus, FailureReason | None]:
    key = item.key(NUMBER)
    notes: dict[str, dict[Key, list[ObservedPacket]]] = {name: {key: packets} for name, packets in seen.items()}
    ways = {name.replace("_", ":"): table for name, table in tables.items()}
    result = ProbeEvaluator(ENDPOINTS, ObservedPackets(notes), ways, broken or {}).evaluate(item, key, answer)
    return result.result, result.reason


OPEN, CLOSED, FILTERED = (
    ProbeAnswer(ProbeVerdict.OPEN),
    ProbeAnswer(ProbeVerdict.CLOSED),
    ProbeAnswer(ProbeVerdict.FILTERED),
)
NO_ROUTE, BROKEN = ProbeAnswer(ProbeVerdict.NO_ROUTE, "ENETUNREACH"), ProbeAnswer(ProbeVerdict.TOOL_ERROR, "EMFILE")
PROHIBITED = ProbeAnswer(ProbeVerdict.REJECTED, "", OTHER.packed, 13)
UNRESOLVED = ProbeAnswer(ProbeVerdict.REJECTED, "", OTHER.packed, 1)


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


def test_a_silent_datagram_service_is_open_if_its_host_accepts() -> None:
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


def test_a_gateway_that_resolves_the_target_has_accepted_the_packet() -> None:
    """A gateway reports `address unreachable` instead of `prohibited`."""
    from_gateway = UNRESOLVED._replace(offender=ENDPOINTS["host:gw1"].interfaces["p-grid"][0].ipv4.packed)
    assert evaluated(probe(Boundary.GATEWAY), from_gateway, AT_GATEWAY) == (ProbeStatus.SURPRISE, FailureReason.PASSED)
    stranger = UNRESOLVED._replace(offender=ip_address("10.70.16.99").packed)
    assert evaluated(probe(Boundary.GATEWAY), stranger, AT_GATEWAY) == (ProbeStatus.CLOSED, None)


def test_routing_tables_decide_between_locations() -> None:
    item = probe(Boundary.LOCATIONS, target="host:desk2", address="10.80.0.20")
    lead = Ways("10.80.0.0/24 via 10.70.3.11", False)
    assert evaluated(item, NO_ROUTE, {}, host_gw1=lead) == (ProbeStatus.SURPRISE, FailureReason.ROUTE)
    assert evaluated(item, NO_ROUTE, {}, **{"segment_p-grid": lead}) == (ProbeStatus.SURPRISE, FailureReason.ROUTE)
    assert evaluated(item, NO_ROUTE, {}, host_cloud1=lead) == (ProbeStatus.CLOSED, None), "no gateway of this sender"


def test_a_gateway_without_results_proves_nothing_between_locations() -> None:
    item = probe(Boundary.LOCATIONS, target="host:desk2", address="10.80.0.20")
    assert evaluated(item, NO_ROUTE, {}, {"host:gw1": ProbeFailure("not-running")}) == (
        ProbeStatus.TOOL_ERROR,
        FailureReason.CONTROL,
    )


def test_a_default_route_to_the_gateway_needs_no_immediate_error() -> None:
    item = probe(Boundary.LOCATIONS, sender="host:portal1", target="host:desk2", address="10.80.0.20")
    assert evaluated(item, FILTERED, {}, host_portal1=Ways("", True)) == (ProbeStatus.CLOSED, None)
    assert evaluated(item, FILTERED, {}, host_portal1=Ways("", False)) == (ProbeStatus.SURPRISE, FailureReason.NO_ERRNO)


def test_an_engine_sends_nothing() -> None:
    item = probe(Boundary.SENDER, service=UDP53, sender="engine:extranet")
    assert evaluated(item, ProbeAnswer(ProbeVerdict.FILTERED, "EPERM"), {}) == (ProbeStatus.CLOSED, None)
    assert evaluated(item, FILTERED, {}) == (ProbeStatus.SURPRISE, FailureReason.PASSED), "its rules did not drop it"
    assert evaluated(item, ProbeAnswer(ProbeVerdict.FILTERED, "EPERM"), {"engine:extranet": [OUT]}) == (
        ProbeStatus.SURPRISE,
        FailureReason.PASSED,
    )


def test_a_failed_control_voids_closed_but_not_a_surprise() -> None:
    item, broken = probe(Boundary.GATEWAY), {"host:gw1": ProbeFailure("call-missed", "cloud")}
    assert evaluated(item, FILTERED, AT_GATEWAY, broken) == (ProbeStatus.TOOL_ERROR, FailureReason.CONTROL)
    assert evaluated(item, OPEN, AT_GATEWAY, broken) == (ProbeStatus.SURPRISE, FailureReason.ANSWERED)
    assert evaluated(item, FILTERED, AT_GATEWAY, {"host:infra1": ProbeFailure("ended")}) == (ProbeStatus.CLOSED, None)


def test_controls_must_succeed() -> None:
    answer = Probe("peer:p-grid", "segment:p-grid", OWN, TCP8080, frozenset([OTHER]), Boundary.TARGET, Control.ANSWER)
    key = answer.key(NUMBER)
    arrived = {"segment:p-grid": {key: [IN._replace(source=OTHER.packed)]}}
    other = {"segment:p-grid": {key: [IN]}}
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets(arrived), {}, {}).failed(answer, key, OPEN) is None
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets(arrived), {}, {}).failed(answer, key, CLOSED)
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets(arrived), {}, {}).failed(answer, key, None)
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets({}), {}, {}).failed(answer, key, OPEN)
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets(other), {}, {}).failed(answer, key, OPEN)


def test_an_endpoint_that_does_not_see_its_own_probe_fails_its_control() -> None:
    own = Probe(
        "host:gw1", "host:gw1", ip_address("127.0.0.1"), TCP8080, frozenset(), Boundary.TARGET, Control.LOOPBACK
    )
    key = own.key(NUMBER)
    looped = {"host:gw1": {key: [ObservedPacket(Direction.IN, "lo", b"")]}}
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets(looped), {}, {}).failed(own, key, OPEN) is None
    assert ProbeEvaluator(ENDPOINTS, ObservedPackets({}), {}, {}).failed(own, key, OPEN)
