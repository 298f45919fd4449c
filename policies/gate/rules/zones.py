"""Zones are separated: only declared gateways are in two zones; hosts are where the blueprint places them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Interface, Segment, Workload

GATEWAY = "gateway"
EDGE = "internet-access"


def zone_of(workload: Workload, interface: Interface, context: Context) -> str:
    """The zone of an interface. A network outside the blueprint counts as a separate zone."""
    segment = context.declared.segment.get(f"{workload.engine}/{interface.network}")
    return segment.zone if segment is not None else f"?{interface.network}"


def working_interfaces(workload: Workload, context: Context) -> list[Interface]:
    """All interfaces except a declared host's management interface, which reaches only the bastion."""
    host = context.declared.host_of.get(workload.id)
    return [interface for interface in workload.interfaces if host is None or interface.network != host.management]


@rule("ZONE-001", over="workloads")
def interfaces_in_two_zones(workload: Workload, context: Context) -> Iterator[Violation]:
    """A network outside the blueprint counts as a separate zone."""
    host = context.declared.host_of.get(workload.id)
    if host is not None and host.kind == GATEWAY:
        return
    interfaces = working_interfaces(workload, context)
    zones = sorted({zone_of(workload, interface, context) for interface in interfaces})
    if len(zones) > 1:
        yield {
            "workload": workload.name,
            "zones": zones,
            "networks": sorted(interface.network for interface in interfaces),
        }


@rule("ZONE-002", over="workloads", views=BUILT)
def interface_in_no_segment(workload: Workload, context: Context) -> Iterator[Violation]:
    """An interface in a network that is not in the blueprint."""
    for interface in workload.interfaces:
        if f"{workload.engine}/{interface.network}" not in context.declared.network:
            nearest = context.names.nearest(interface.network)
            yield {
                "workload": workload.name,
                "network": interface.network,
                "engine": workload.engine,
                "nearest": nearest,
            }


@rule("ZONE-003", over="workloads", views=BUILT)
def other_interfaces_than_declared(workload: Workload, context: Context) -> Iterator[Violation]:
    """A declared host has exactly its declared interfaces and addresses."""
    declared = context.declared.workload.get(workload.id)
    if declared is None:
        return
    expected, actual = _interfaces(declared), _interfaces(workload)
    if expected != actual:
        values = {"missing": sorted(expected - actual), "surplus": sorted(actual - expected)}
        yield {"workload": workload.name, **values, "nearest": sorted(expected), "see": [declared.at]}


def _interfaces(workload: Workload) -> set[str]:
    return {f"{interface.network} {interface.ipv4} {interface.ipv6}" for interface in workload.interfaces}


@rule("ZONE-004", over="segments", views=("declared",))
def internet_exit_of_its_own(segment: Segment, context: Context) -> Iterator[Violation]:
    """One Internet edge for the district: no agency's, none in the intranet, no second one."""
    if segment.kind != EDGE:
        return
    first = next(item for item in context.snapshot.segments if item.kind == EDGE)
    if segment.agency or segment.location != "extranet" or segment is not first:
        yield {"segment": segment.id, "agency": segment.agency, "location": segment.location, "edge": first.id}


@rule("ZONE-005", over="workloads")
def on_the_public_edge(workload: Workload, context: Context) -> Iterator[Violation]:
    """Only gateways are in the segment of the Internet edge."""
    host = context.declared.host_of.get(workload.id)
    if host is not None and host.kind == GATEWAY:
        return
    for interface in workload.interfaces:
        segment = context.declared.segment.get(f"{workload.engine}/{interface.network}")
        if segment is not None and segment.kind == EDGE:
            yield {"workload": workload.name, "network": interface.network}
