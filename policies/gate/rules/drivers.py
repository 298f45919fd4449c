"""Network drivers and options that bypass gateways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Network
from policies.gate.model.flows import closes_tasks

ON_THE_WIRE = ("macvlan", "ipvlan")
CLOUD_NODE = "cloud-node"
BRIDGE = "com.docker.network.bridge."
VLAN = re.compile(r"\.(\d+)$")


@rule("DRV-001", over="networks", views=BUILT)
def on_the_host_s_wire(network: Network, context: Context) -> Iterator[Violation]:
    """macvlan and ipvlan attach containers to the host's link; a site can place a segment there."""
    if network.driver in ON_THE_WIRE and not _laid(network, context):
        yield {"network": network.name, "driver": network.driver, "parent": network.options.get("parent")}


def _laid(network: Network, context: Context) -> bool:
    """Whether the site places this segment on this link, with the same driver."""
    declared = context.declared.network.get(network.id)
    return (
        declared is not None
        and declared.driver == network.driver
        and bool(declared.options.get("parent"))
        and declared.options.get("parent") == network.options.get("parent")
    )


@rule("DRV-002", over="networks", views=BUILT)
def routes_between_its_subnets(network: Network, context: Context) -> Iterator[Violation]:
    """ipvlan in mode l3 routes between all its subnets."""
    if network.driver == "ipvlan" and network.options.get("ipvlan_mode", "l2") != "l2" and len(network.prefixes) > 1:
        yield {"network": network.name, "prefixes": network.prefixes}


@rule("DRV-003", over="networks", views=BUILT)
def vlan_that_nobody_approved(network: Network, context: Context) -> Iterator[Violation]:
    """The engine creates a missing parent like eth0.20, so the network opens a VLAN."""
    tagged = VLAN.search(str(network.options.get("parent", "")))
    if tagged and not _laid(network, context):
        yield {"network": network.name, "parent": network.options["parent"], "vlan": int(tagged[1])}


@rule("DRV-004", over="networks", views=BUILT)
def driver_of_somebody_else(network: Network, context: Context) -> Iterator[Violation]:
    if network.driver not in number("DRV-004", "drivers"):
        yield {"network": network.name, "driver": network.driver, "known": number("DRV-004", "drivers")}


@rule("DRV-005", over="networks", views=BUILT)
def option_off_the_list(network: Network, context: Context) -> Iterator[Violation]:
    """Bridge options can open routes, bind to host addresses or take over an existing bridge."""
    allowed = number("DRV-005", "options")
    for option in sorted(network.options):
        if network.driver == "bridge" and option not in allowed:
            yield {"network": network.name, "option": option, "value": network.options[option], "allowed": allowed}


@rule("DRV-006", over="networks", views=BUILT)
def hides_the_source(network: Network, context: Context) -> Iterator[Violation]:
    """Masquerading replaces source addresses by that of the engine's host."""
    masquerade = str(network.options.get(f"{BRIDGE}enable_ip_masquerade", "")).lower()
    if network.driver == "bridge" and (masquerade == "true" or (not network.internal and masquerade != "false")):
        yield {"network": network.name, "asked": masquerade}


@rule("DRV-007", over="networks", views=BUILT)
def way_out_of_its_own(network: Network, context: Context) -> Iterator[Violation]:
    """A bridge that is not internal routes out of the host without a gateway."""
    if network.driver == "bridge" and not network.internal:
        yield {"network": network.name, "engine": network.engine}


@rule("DRV-008", over="networks", views=BUILT)
def anybody_may_attach(network: Network, context: Context) -> Iterator[Violation]:
    if network.attachable:
        yield {"network": network.name}


@rule("DRV-009", over="networks", views=BUILT)
def overlay_with_an_outer_interface(network: Network, context: Context) -> Iterator[Violation]:
    """Tasks on an overlay that is not internal get a second interface on a bridge that all tasks of a node share.

    It passes if every node's ruleset blocks new connections from that bridge.
    """
    if network.driver != "overlay" or network.internal:
        return
    rulesets = {ruleset.id: ruleset for ruleset in (context.snapshot.rulesets or context.declared.rulesets)}
    nodes = [host.id for host in context.declared.hosts if host.kind == CLOUD_NODE]
    open_nodes = sorted(node for node in nodes if node not in rulesets or not closes_tasks(rulesets[node]))
    if open_nodes or not nodes:
        yield {"network": network.name, "nodes": open_nodes}


@rule("DRV-010", over="networks", views=BUILT)
def overlay_across_zones(network: Network, context: Context) -> Iterator[Violation]:
    """An overlay connects all nodes of its cluster, which must be in one zone and belong to the blueprint."""
    if network.driver != "overlay":
        return
    nodes = [host for host in context.declared.hosts if host.kind == CLOUD_NODE] if network.engine == "cloud" else []
    interfaces = {
        f"{host.location}/{interface}"
        for host in nodes
        for interface in host.interfaces
        if interface != host.management
    }
    zones = sorted(
        {context.declared.segment[interface].zone for interface in interfaces if interface in context.declared.segment}
    )
    if len(zones) != 1:
        yield {"network": network.name, "engine": network.engine, "zones": zones}
