"""Networks are those of the blueprint, each exactly as it follows from there: engine, name, prefixes, options."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network

from policies.engine import Case, Fault, rule
from policies.estate import Network

UNDECLARED = ("planned", "running")
"""The declared view is what these rules compare with."""


def approved(network: Network, case: Case) -> Network | None:
    """The network of the blueprint that this one claims to be, by engine and name."""
    return case.declared.network.get(network.id)


@rule("NET-001", over="networks", views=UNDECLARED)
def not_in_the_blueprint(network: Network, case: Case) -> Iterator[Fault]:
    """No such name anywhere in the blueprint."""
    names = {one.name for one in case.declared.networks}
    if network.name not in names:
        nearest = get_close_matches(network.name, sorted(names), 1, 0.0)
        yield {"network": network.name, "engine": network.engine, "prefixes": network.prefixes, "nearest": nearest}


@rule("NET-002", over="networks", views=UNDECLARED)
def on_another_engine(network: Network, case: Case) -> Iterator[Fault]:
    """An approved name, on an engine that it was not approved for."""
    engines = [one.engine for one in case.declared.networks if one.name == network.name]
    if engines and network.engine not in engines:
        yield {"network": network.name, "engines": engines, "actual": network.engine}


@rule("NET-003", over="networks", views=UNDECLARED)
def other_prefixes(network: Network, case: Case) -> Iterator[Fault]:
    yield from _differs(network, case, "prefixes")


@rule("NET-004", over="networks", views=UNDECLARED)
def other_driver(network: Network, case: Case) -> Iterator[Fault]:
    yield from _differs(network, case, "driver")


@rule("NET-005", over="networks", views=UNDECLARED)
def not_as_internal(network: Network, case: Case) -> Iterator[Fault]:
    yield from _differs(network, case, "internal")


@rule("NET-006", over="networks", views=UNDECLARED)
def other_options(network: Network, case: Case) -> Iterator[Fault]:
    """Keys and values; reads each value, so that one that is not known cannot pass."""
    one = approved(network, case)
    if one is not None and dict(network.options.items()) != dict(one.options):
        yield {"network": network.name, "expected": one.options, "actual": dict(network.options.items())}


@rule("NET-007", over="networks", views=UNDECLARED)
def outside_the_zones(network: Network, case: Case) -> Iterator[Fault]:
    """A prefix in no block of the three zones; the address plan has no others."""
    blocks = [ip_network(one.prefix) for one in case.declared.blocks]
    for prefix in network.prefixes:
        net = ip_network(prefix)
        if not any(block.version == net.version and net.subnet_of(block) for block in blocks):  # type: ignore[arg-type]
            yield {"network": network.name, "prefix": prefix, "blocks": [str(block) for block in blocks]}


def _differs(network: Network, case: Case, field: str) -> Iterator[Fault]:
    one = approved(network, case)
    if one is not None and getattr(network, field) != getattr(one, field):
        yield {"network": network.name, "expected": getattr(one, field), "actual": getattr(network, field)}
