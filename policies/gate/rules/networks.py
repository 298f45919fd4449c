"""Networks equal those of the blueprint: engine, name, prefixes, options."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Network
from policies.gate.model.prefixes import within


def approved(network: Network, context: Context) -> Network | None:
    """The network of the blueprint with the same engine and name."""
    return context.declared.network.get(network.id)


@rule("NET-001", over="networks", views=BUILT)
def not_in_the_blueprint(network: Network, context: Context) -> Iterator[Violation]:
    """No network of that name in the blueprint."""
    if network.name not in context.names.names:
        nearest = context.names.nearest(network.name)
        yield {"network": network.name, "engine": network.engine, "prefixes": network.prefixes, "nearest": nearest}


@rule("NET-002", over="networks", views=BUILT)
def on_another_engine(network: Network, context: Context) -> Iterator[Violation]:
    """An approved name on an engine that is not approved for it."""
    engines = [item.engine for item in context.declared.networks_named.get(network.name, ())]
    if engines and network.engine not in engines:
        yield {"network": network.name, "engines": engines, "actual": network.engine}


@rule("NET-003", over="networks", views=BUILT)
def other_prefixes(network: Network, context: Context) -> Iterator[Violation]:
    yield from _differs(network, context, "prefixes")


@rule("NET-004", over="networks", views=BUILT)
def other_driver(network: Network, context: Context) -> Iterator[Violation]:
    yield from _differs(network, context, "driver")


@rule("NET-005", over="networks", views=BUILT)
def not_as_internal(network: Network, context: Context) -> Iterator[Violation]:
    yield from _differs(network, context, "internal")


@rule("NET-006", over="networks", views=BUILT)
def other_options(network: Network, context: Context) -> Iterator[Violation]:
    """Keys and values; reads each value, so that unknown ones cannot pass."""
    expected_network = approved(network, context)
    if expected_network is not None and dict(network.options.items()) != dict(expected_network.options):
        yield {"network": network.name, "expected": expected_network.options, "actual": dict(network.options.items())}


@rule("NET-007", over="networks", views=BUILT)
def outside_the_zones(network: Network, context: Context) -> Iterator[Violation]:
    """A prefix in no block of the three zones."""
    for prefix in network.prefixes:
        if not within(prefix, context.blocks):
            blocks = [block.prefix for block in context.declared.blocks]
            yield {"network": network.name, "prefix": prefix, "blocks": blocks}


@rule("NET-008", over="networks", views=BUILT)
def other_addressing(network: Network, context: Context) -> Iterator[Violation]:
    """Other properties: engine addresses, ranges, IPAM driver, address families, routing mesh."""
    expected_network = approved(network, context)
    if expected_network is None or expected_network.driver == "overlay":  # the cluster assigns those
        return
    for field in ("gateways", "ranges", "ipam_driver", "ipv6", "ingress"):
        expected, actual = getattr(expected_network, field), getattr(network, field)
        if expected != actual:
            yield {"network": network.name, "field": field, "expected": expected, "actual": actual}


def _differs(network: Network, context: Context, field: str) -> Iterator[Violation]:
    expected_network = approved(network, context)
    if expected_network is not None and getattr(network, field) != getattr(expected_network, field):
        yield {"network": network.name, "expected": getattr(expected_network, field), "actual": getattr(network, field)}
