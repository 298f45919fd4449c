"""What a workload sends out through its engine, past its own network: names and logs."""

from __future__ import annotations

from collections.abc import Iterator

from policies.case import Case
from policies.nodes import Workload
from policies.prefixes import Span, span, within
from policies.rule import BUILT, Fault, number, rule
from policies.rules.zones import working_legs, zone_of


@rule("OUT-001", over="workloads", views=BUILT)
def resolver_outside_its_zone(workload: Workload, case: Case) -> Iterator[Fault]:
    """A resolver elsewhere learns every name that is asked for, and answers what it likes."""
    zones = {zone_of(workload, leg, case) for leg in working_legs(workload, case)}
    blocks = [span(block.prefix) for block in case.declared.blocks if block.zone in zones]
    for resolver in workload.dns:
        if not _lies_in(resolver, blocks):
            yield {"workload": workload.name, "resolver": resolver, "zones": sorted(zones)}


def _lies_in(address: str, blocks: list[Span]) -> bool:
    try:
        return within(address, blocks)
    except ValueError:
        return False


@rule("OUT-002", over="workloads", views=BUILT)
def logs_leave_by_the_engine(workload: Workload, case: Case) -> Iterator[Fault]:
    """Drivers that ship send from the host's network, where no rule of the zone is asked."""
    if workload.log_driver not in number("OUT-002", "drivers"):
        yield {"workload": workload.name, "driver": workload.log_driver, "targets": workload.log_targets}
