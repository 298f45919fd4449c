"""The intranet is physically separated: nothing connects it to another location."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Flow, Network, Provider, Workload
from policies.gate.model.prefixes import meet, span, within

INTRANET = "intranet"


@rule("INT-001", over="providers", views=("planned",))
def engine_of_another_location(provider: Provider, context: Context) -> Iterator[Violation]:
    """A stack uses engines of its own location, at the addresses of the site file."""
    own = [engine for engine in context.declared.engines if engine.location == provider.location]
    if provider.engine not in {engine.id for engine in own}:
        expected = [host for engine in own for host in engine.hosts]
        actual = provider.host or "DOCKER_HOST"
        yield {"provider": provider.id, "location": provider.location, "expected": expected, "actual": actual}


@rule("INT-002", over="networks", views=BUILT)
def addresses_of_another_location(network: Network, context: Context) -> Iterator[Violation]:
    """Prefixes of one location on an engine of another."""
    location = context.location_of(network.engine)
    for prefix in network.prefixes:
        for block in context.declared.blocks:
            if block.location != location and meet(prefix, block.prefix):
                yield {"network": network.name, "prefix": prefix, "block": block.prefix, "location": block.location}


@rule("INT-003", over="workloads", views=BUILT)
def interface_in_another_location(workload: Workload, context: Context) -> Iterator[Violation]:
    """An interface in a network that exists in another location only."""
    location = context.location_of(workload.engine)
    for interface in workload.interfaces:
        locations = context.declared.locations_of.get(interface.network, ())
        if locations and location not in locations:
            yield {"workload": workload.name, "network": interface.network, "location": locations, "own": location}


@rule("INT-004", over="workloads", views=BUILT)
def speaks_to_another_location(workload: Workload, context: Context) -> Iterator[Violation]:
    """A resolver or log target in another location: the engine would connect to it over its own network."""
    location = context.location_of(workload.engine)
    for target in (*workload.dns, *workload.log_targets):
        for block in context.declared.blocks:
            if block.location != location and _lies_in(target, block.prefix):
                yield {"workload": workload.name, "target": target, "location": block.location}


@rule("INT-005", over="flows", views=("declared",))
def flow_between_locations(flow: Flow, context: Context) -> Iterator[Violation]:
    """No flow between locations; data enters the intranet only as a signed bundle carried by hand."""
    locations = sorted({*flow.source_locations, *flow.target_locations})
    if len(locations) > 1:
        yield {"flow": flow.id, "source": flow.source, "target": flow.target, "locations": locations}


def _lies_in(target: str, prefix: str) -> bool:
    """Whether an address, alone or in HOST:PORT or URL form, is in the prefix; false for a name."""
    host = target.rpartition("://")[2].split("/")[0]
    for text in (host, host.rpartition(":")[0].strip("[]")):
        try:
            return within(text, [span(prefix)])
        except ValueError:
            continue
    return False
