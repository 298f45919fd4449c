"""The intranet is physically apart: nothing joins it to another place."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Flow, Network, Provider, Workload
from policies.gate.model.prefixes import meet, span, within

INTRANET = "intranet"


@rule("INT-001", over="providers", views=("planned",))
def engine_of_another_place(provider: Provider, case: Context) -> Iterator[Violation]:
    """A stack drives engines of its own place, at the addresses that the site gives them."""
    own = [engine for engine in case.declared.engines if engine.place == provider.place]
    if provider.engine not in {engine.id for engine in own}:
        expected = [host for engine in own for host in engine.hosts]
        actual = provider.host or "DOCKER_HOST"
        yield {"provider": provider.id, "place": provider.place, "expected": expected, "actual": actual}


@rule("INT-002", over="networks", views=BUILT)
def addresses_of_another_place(network: Network, case: Context) -> Iterator[Violation]:
    """Prefixes set aside for one place, on an engine of another."""
    place = case.place_of(network.engine)
    for prefix in network.prefixes:
        for block in case.declared.blocks:
            if block.place != place and meet(prefix, block.prefix):
                yield {"network": network.name, "prefix": prefix, "block": block.prefix, "place": block.place}


@rule("INT-003", over="workloads", views=BUILT)
def leg_in_another_place(workload: Workload, case: Context) -> Iterator[Violation]:
    """A leg in a network that the blueprint has in another place only."""
    place = case.place_of(workload.engine)
    for leg in workload.legs:
        places = case.declared.places_of.get(leg.network, ())
        if places and place not in places:
            yield {"workload": workload.name, "network": leg.network, "place": places, "own": place}


@rule("INT-004", over="workloads", views=BUILT)
def speaks_to_another_place(workload: Workload, case: Context) -> Iterator[Violation]:
    """A resolver or a log target in another place: the engine would carry it there over its own network."""
    place = case.place_of(workload.engine)
    for target in (*workload.dns, *workload.log_targets):
        for block in case.declared.blocks:
            if block.place != place and _lies_in(target, block.prefix):
                yield {"workload": workload.name, "target": target, "place": block.place}


@rule("INT-005", over="flows", views=("declared",))
def flow_between_places(flow: Flow, case: Context) -> Iterator[Violation]:
    """Nothing passes in either direction; what enters the intranet is a signed bundle carried by hand."""
    places = sorted({*flow.source_places, *flow.target_places})
    if len(places) > 1:
        yield {"flow": flow.id, "source": flow.source, "target": flow.target, "places": places}


def _lies_in(target: str, prefix: str) -> bool:
    """Whether an address, alone or in HOST:PORT or URL form, lies in the prefix; a name lies nowhere that is known."""
    host = target.rpartition("://")[2].split("/")[0]
    for text in (host, host.rpartition(":")[0].strip("[]")):
        try:
            return within(text, [span(prefix)])
        except ValueError:
            continue
    return False
