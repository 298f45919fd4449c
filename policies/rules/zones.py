"""Zones are kept apart: who stands in two of them is a declared gateway."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Case, Fault, rule
from policies.estate import Leg, Workload

GATEWAY = "gateway"


@rule("ZONE-001", over="workloads")
def legs_in_two_zones(workload: Workload, case: Case) -> Iterator[Fault]:
    """A network outside the blueprint counts as a zone of its own: nobody says what stands behind it."""
    host = case.declared.host_of.get(workload.id)
    if host is not None and host.kind == GATEWAY:
        return
    legs = [leg for leg in workload.legs if host is None or leg.network != host.management]
    zones = sorted({_zone(workload, leg, case) for leg in legs})
    if len(zones) > 1:
        yield {"workload": workload.name, "zones": zones, "networks": sorted(leg.network for leg in legs)}


@rule("ZONE-002", over="workloads", views=("planned", "running"))
def leg_in_no_segment(workload: Workload, case: Case) -> Iterator[Fault]:
    """A network that is named but is not in the blueprint, whoever made it."""
    for leg in workload.legs:
        if f"{workload.engine}/{leg.network}" not in case.declared.network:
            yield {"workload": workload.name, "network": leg.network, "engine": workload.engine}


def _zone(workload: Workload, leg: Leg, case: Case) -> str:
    segment = case.declared.segment.get(f"{workload.engine}/{leg.network}")
    return segment.zone if segment is not None else f"?{leg.network}"
