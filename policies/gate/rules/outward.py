"""DNS queries and logs that leave through the engine instead of the workload's network."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Workload
from policies.gate.model.prefixes import Span, span, within
from policies.gate.rules.zones import working_interfaces, zone_of


@rule("OUT-001", over="workloads", views=BUILT)
def resolver_outside_its_zone(workload: Workload, context: Context) -> Iterator[Violation]:
    """A resolver outside the zone sees all queries and controls the answers."""
    zones = {zone_of(workload, interface, context) for interface in working_interfaces(workload, context)}
    blocks = [span(block.prefix) for block in context.declared.blocks if block.zone in zones]
    for resolver in workload.dns:
        if not _lies_in(resolver, blocks):
            yield {"workload": workload.name, "resolver": resolver, "zones": sorted(zones)}


def _lies_in(address: str, blocks: list[Span]) -> bool:
    try:
        return within(address, blocks)
    except ValueError:
        return False


@rule("OUT-002", over="workloads", views=BUILT)
def logs_leave_by_the_engine(workload: Workload, context: Context) -> Iterator[Violation]:
    """Remote log drivers send from the host's network, which the zone's rules do not filter."""
    if workload.log_driver not in number("OUT-002", "drivers"):
        yield {"workload": workload.name, "driver": workload.log_driver, "targets": workload.log_targets}
