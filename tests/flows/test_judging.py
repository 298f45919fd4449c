"""Judgements, one observation at a time: what a sender was told, what witnesses saw, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

import pytest
from miniature import example

from inventory.model.flows import Protocol, Service
from policies.probes.judging import Judge, Reason, Result, Sightings
from policies.probes.packets import Key
from policies.probes.plan import Boundary, Control, Probe
from policies.probes.routes import Ways
from policies.probes.stations import stations
from policies.probes.verdicts import Answer, Verdict
from policies.probes.why import Why
from policies.probes.witness import Direction, Sighting

POSTS = {one.name: one for one in stations(example())}
OWN, OTHER = ip_address("10.70.16.240"), ip_address("10.70.16.2")
NUMBER = 20000
TCP8080, UDP53 = Service(Protocol.TCP, 8080), Service(Protocol.UDP, 53)
IN = Sighting(Direction.IN, "cloud", OWN.packed)
OUT = Sighting(Direction.OUT, "cloud", OWN.packed)
ADMITTED = Sighting(Direction.ADMITTED, "", OWN.packed)
Seen = Mapping[str, list[Sighting]]


def probe(boundary: Boundary, declared: bool = False, service: Service = TCP8080, **other: str) -> Probe:
    names = {"sender": "segment:p-grid", "target": "host:cloud1", "address": "10.70.3.10", **other}
    sources = frozenset([OWN]) if declared else frozenset()
    return Probe(names["sender"], names["target"], ip_address(names["address"]), service, sources, boundary)


def judged(
    one: Probe, answer: Answer | None, seen: Seen, broken: dict[str, Why] | None = None, **tables: Ways
) -> tuple[Result, Reason | None]:
    key = one.key(NUMBER)
    notes: dict[str, dict[Key, list[Sighting]]] = {name: {key: found} for name, found in seen.items()}
    ways = {name.replace("_", ":"): found for name, found in tables.items()}
    judgement = Judge(POSTS, Sightings(notes), ways, broken or {}).judge(one, key, answer)
    return judgement.result, judgement.reason


OPEN, CLOSED, FILTERED = Answer(Verdict.OPEN), Answer(Verdict.CLOSED), Answer(Verdict.FILTERED)
NO_ROUTE, BROKEN = Answer(Verdict.NO_ROUTE, "ENETUNREACH"), Answer(Verdict.TOOL_ERROR, "EMFILE")
PROHIBITED = Answer(Verdict.REJECTED, "", OTHER.packed, 13)
NOBODY_THERE = Answer(Verdict.REJECTED, "", OTHER.packed, 1)


@pytest.mark.parametrize(
    ("answer", "seen", "expected"),
    [
        (OPEN, {"host:cloud1": [IN]}, (Result.OPEN, None)),
        (OPEN, {}, (Result.SURPRISE, Reason.UNSEEN)),
        (OPEN, {"host:cloud2": [IN]}, (Result.SURPRISE, Reason.UNSEEN)),
        (OPEN, {"host:cloud1": [IN._replace(source=OTHER.packed)]}, (Result.SURPRISE, Reason.MASKED)),
        (CLOSED, {"host:cloud1": [IN]}, (Result.SURPRISE, Reason.NOT_OPEN)),
        (FILTERED, {}, (Result.SURPRISE, Reason.NOT_OPEN)),
        (NO_ROUTE, {}, (Result.SURPRISE, Reason.NOT_OPEN)),
        (BROKEN, {"host:cloud1": [IN]}, (Result.TOOL_ERROR, Reason.TOOL)),
        (None, {"host:cloud1": [IN]}, (Result.TOOL_ERROR, Reason.CONTROL)),
    ],
)
def test_declared(answer: Answer | None, seen: Seen, expected: tuple[Result, Reason | None]) -> None:
    assert judged(probe(Boundary.GATEWAY, declared=True), answer, seen) == expected


def test_a_silent_datagram_service_is_open_where_its_host_let_it_in() -> None:
    declared = probe(Boundary.TARGET, declared=True, service=UDP53)
    assert judged(declared, FILTERED, {"host:cloud1": [IN, ADMITTED]}) == (Result.OPEN, None)
    assert judged(declared, FILTERED, {"host:cloud1": [IN]}) == (Result.SURPRISE, Reason.NOT_OPEN)
    assert judged(declared, CLOSED, {"host:cloud1": [IN, ADMITTED]}) == (Result.SURPRISE, Reason.UNSERVED)
    assert judged(declared, CLOSED, {"host:cloud1": [IN]}) == (Result.SURPRISE, Reason.NOT_OPEN), "refused on the way"


AT_GATEWAY: Seen = {"host:gw1": [IN._replace(device="p-grid")]}


@pytest.mark.parametrize(
    ("boundary", "answer", "seen", "expected"),
    [
        (Boundary.GATEWAY, FILTERED, AT_GATEWAY, (Result.CLOSED, None)),
        (Boundary.GATEWAY, PROHIBITED, AT_GATEWAY, (Result.CLOSED, None)),
        (Boundary.GATEWAY, FILTERED, {}, (Result.TOOL_ERROR, Reason.NOT_SENT)),
        (Boundary.GATEWAY, NO_ROUTE, {}, (Result.TOOL_ERROR, Reason.NOT_SENT)),
        (Boundary.GATEWAY, OPEN, AT_GATEWAY, (Result.SURPRISE, Reason.ANSWERED)),
        (Boundary.GATEWAY, CLOSED, AT_GATEWAY, (Result.SURPRISE, Reason.ANSWERED)),
        (Boundary.GATEWAY, FILTERED, {**AT_GATEWAY, "host:cloud1": [IN]}, (Result.SURPRISE, Reason.PASSED)),
        (Boundary.GATEWAY, FILTERED, {"host:gw1": [OUT]}, (Result.SURPRISE, Reason.PASSED)),
        (Boundary.GATEWAY, BROKEN, AT_GATEWAY, (Result.TOOL_ERROR, Reason.TOOL)),
        (Boundary.GATEWAY, None, AT_GATEWAY, (Result.TOOL_ERROR, Reason.CONTROL)),
        (Boundary.TARGET, FILTERED, {"host:cloud1": [IN]}, (Result.CLOSED, None)),
        (Boundary.TARGET, FILTERED, {}, (Result.TOOL_ERROR, Reason.NOT_SENT)),
        (Boundary.TARGET, FILTERED, {"host:cloud1": [IN, ADMITTED]}, (Result.SURPRISE, Reason.ADMITTED)),
        (Boundary.SEGMENT, FILTERED, {"segment:p-grid": [OUT]}, (Result.CLOSED, None)),
        (Boundary.SEGMENT, FILTERED, {}, (Result.TOOL_ERROR, Reason.NOT_SENT)),
        (Boundary.SEGMENT, FILTERED, {"host:cloud1": [IN]}, (Result.SURPRISE, Reason.PASSED)),
        (Boundary.PLACES, NO_ROUTE, {}, (Result.CLOSED, None)),
        (Boundary.PLACES, FILTERED, {}, (Result.SURPRISE, Reason.NO_ERRNO)),
        (Boundary.PLACES, NO_ROUTE, {"host:cloud1": [IN]}, (Result.SURPRISE, Reason.PASSED)),
    ],
)
def test_undeclared(
    boundary: Boundary, answer: Answer | None, seen: Seen, expected: tuple[Result, Reason | None]
) -> None:
    assert judged(probe(boundary), answer, seen) == expected


def test_a_gateway_that_looked_for_the_target_had_let_the_packet_pass() -> None:
    """`Nobody at that address` from a gateway's own address, where `prohibited` was due."""
    from_gateway = NOBODY_THERE._replace(offender=POSTS["host:gw1"].legs["p-grid"][0].ipv4.packed)
    assert judged(probe(Boundary.GATEWAY), from_gateway, AT_GATEWAY) == (Result.SURPRISE, Reason.PASSED)
    stranger = NOBODY_THERE._replace(offender=ip_address("10.70.16.99").packed)
    assert judged(probe(Boundary.GATEWAY), stranger, AT_GATEWAY) == (Result.CLOSED, None)


def test_between_the_places_the_tables_decide() -> None:
    one = probe(Boundary.PLACES, target="host:desk2", address="10.80.0.20")
    lead = Ways("10.80.0.0/24 via 10.70.3.11", False)
    assert judged(one, NO_ROUTE, {}, host_gw1=lead) == (Result.SURPRISE, Reason.ROUTE)
    assert judged(one, NO_ROUTE, {}, **{"segment_p-grid": lead}) == (Result.SURPRISE, Reason.ROUTE)
    assert judged(one, NO_ROUTE, {}, host_cloud1=lead) == (Result.CLOSED, None), "not on this sender's way"


def test_between_the_places_a_gateway_that_cannot_be_asked_proves_nothing() -> None:
    one = probe(Boundary.PLACES, target="host:desk2", address="10.80.0.20")
    assert judged(one, NO_ROUTE, {}, {"host:gw1": Why("not-running")}) == (Result.TOOL_ERROR, Reason.CONTROL)


def test_who_hands_the_world_to_the_gateway_need_not_be_told_at_once() -> None:
    one = probe(Boundary.PLACES, sender="host:portal1", target="host:desk2", address="10.80.0.20")
    assert judged(one, FILTERED, {}, host_portal1=Ways("", True)) == (Result.CLOSED, None)
    assert judged(one, FILTERED, {}, host_portal1=Ways("", False)) == (Result.SURPRISE, Reason.NO_ERRNO)


def test_an_engine_lets_nothing_out() -> None:
    one = probe(Boundary.SENDER, service=UDP53, sender="engine:extranet")
    assert judged(one, Answer(Verdict.FILTERED, "EPERM"), {}) == (Result.CLOSED, None)
    assert judged(one, FILTERED, {}) == (Result.SURPRISE, Reason.PASSED), "its table did not keep it in"
    assert judged(one, Answer(Verdict.FILTERED, "EPERM"), {"engine:extranet": [OUT]}) == (
        Result.SURPRISE,
        Reason.PASSED,
    )


def test_without_a_control_closed_proves_nothing_and_a_surprise_stays_one() -> None:
    one, broken = probe(Boundary.GATEWAY), {"host:gw1": Why("deaf", "cloud")}
    assert judged(one, FILTERED, AT_GATEWAY, broken) == (Result.TOOL_ERROR, Reason.CONTROL)
    assert judged(one, OPEN, AT_GATEWAY, broken) == (Result.SURPRISE, Reason.ANSWERED)
    assert judged(one, FILTERED, AT_GATEWAY, {"host:infra1": Why("ended")}) == (Result.CLOSED, None)


def test_controls_have_to_succeed() -> None:
    answer = Probe("peer:p-grid", "segment:p-grid", OWN, TCP8080, frozenset([OTHER]), Boundary.TARGET, Control.ANSWER)
    key = answer.key(NUMBER)
    arrived = {"segment:p-grid": {key: [IN._replace(source=OTHER.packed)]}}
    other = {"segment:p-grid": {key: [IN]}}
    assert Judge(POSTS, Sightings(arrived), {}, {}).failed(answer, key, OPEN) is None
    assert Judge(POSTS, Sightings(arrived), {}, {}).failed(answer, key, CLOSED)
    assert Judge(POSTS, Sightings(arrived), {}, {}).failed(answer, key, None)
    assert Judge(POSTS, Sightings({}), {}, {}).failed(answer, key, OPEN)
    assert Judge(POSTS, Sightings(other), {}, {}).failed(answer, key, OPEN)


def test_a_station_that_does_not_see_itself_sees_nothing() -> None:
    own = Probe(
        "host:gw1", "host:gw1", ip_address("127.0.0.1"), TCP8080, frozenset(), Boundary.TARGET, Control.LOOPBACK
    )
    key = own.key(NUMBER)
    looped = {"host:gw1": {key: [Sighting(Direction.IN, "lo", b"")]}}
    assert Judge(POSTS, Sightings(looped), {}, {}).failed(own, key, OPEN) is None
    assert Judge(POSTS, Sightings({}), {}, {}).failed(own, key, OPEN)
