"""Zones are kept apart: who stands in two of them is a declared gateway; hosts stand where the blueprint has them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Interface, Segment, Workload

GATEWAY = "gateway"
EDGE = "internet-access"


def zone_of(workload: Workload, leg: Interface, case: Context) -> str:
    """The zone that a leg stands in. A network outside the blueprint is a zone of its own."""
    segment = case.declared.segment.get(f"{workload.engine}/{leg.network}")
    return segment.zone if segment is not None else f"?{leg.network}"


def working_legs(workload: Workload, case: Context) -> list[Interface]:
    """All legs but a declared host's one management leg, which reaches only its place's bastion."""
    host = case.declared.host_of.get(workload.id)
    return [leg for leg in workload.legs if host is None or leg.network != host.management]


@rule("ZONE-001", over="workloads")
def legs_in_two_zones(workload: Workload, case: Context) -> Iterator[Violation]:
    """A network outside the blueprint counts as a zone of its own: nobody says what stands behind it."""
    host = case.declared.host_of.get(workload.id)
    if host is not None and host.kind == GATEWAY:
        return
    legs = working_legs(workload, case)
    zones = sorted({zone_of(workload, leg, case) for leg in legs})
    if len(zones) > 1:
        yield {"workload": workload.name, "zones": zones, "networks": sorted(leg.network for leg in legs)}


@rule("ZONE-002", over="workloads", views=BUILT)
def leg_in_no_segment(workload: Workload, case: Context) -> Iterator[Violation]:
    """A network that is named but is not in the blueprint, whoever made it."""
    for leg in workload.legs:
        if f"{workload.engine}/{leg.network}" not in case.declared.network:
            nearest = case.names.nearest(leg.network)
            yield {"workload": workload.name, "network": leg.network, "engine": workload.engine, "nearest": nearest}


@rule("ZONE-003", over="workloads", views=BUILT)
def other_legs_than_declared(workload: Workload, case: Context) -> Iterator[Violation]:
    """A declared host stands in its declared segments, at its declared addresses, and nowhere else."""
    one = case.declared.workload.get(workload.id)
    if one is None:
        return
    expected, actual = _stations(one), _stations(workload)
    if expected != actual:
        values = {"missing": sorted(expected - actual), "surplus": sorted(actual - expected)}
        yield {"workload": workload.name, **values, "nearest": sorted(expected), "see": [one.at]}


def _stations(workload: Workload) -> set[str]:
    return {f"{leg.network} {leg.ipv4} {leg.ipv6}" for leg in workload.legs}


@rule("ZONE-004", over="segments", views=("declared",))
def internet_exit_of_its_own(segment: Segment, case: Context) -> Iterator[Violation]:
    """One edge to the public for the whole district: no agency's, none in the intranet, no second one."""
    if segment.kind != EDGE:
        return
    first = next(one for one in case.estate.segments if one.kind == EDGE)
    if segment.agency or segment.place != "extranet" or segment is not first:
        yield {"segment": segment.id, "agency": segment.agency, "place": segment.place, "edge": first.id}


@rule("ZONE-005", over="workloads")
def on_the_public_edge(workload: Workload, case: Context) -> Iterator[Violation]:
    """Only gateways stand in the segment that the public reaches."""
    host = case.declared.host_of.get(workload.id)
    if host is not None and host.kind == GATEWAY:
        return
    for leg in workload.legs:
        segment = case.declared.segment.get(f"{workload.engine}/{leg.network}")
        if segment is not None and segment.kind == EDGE:
            yield {"workload": workload.name, "network": leg.network}
