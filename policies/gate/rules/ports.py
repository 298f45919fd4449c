"""Published ports: each needs a declared flow with node, port and protocol, on that node only."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Workload

CLOUD_NODE = "cloud-node"
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  # what is looked for
INTRANET = "intranet"


@rule("PORT-001", over="workloads", views=BUILT)
def port_without_flow(workload: Workload, context: Context) -> Iterator[Violation]:
    """A location's own engine runs on no host of the blueprint, so no port may be published there."""
    for port in workload.ports:
        nodes = nodes_of(workload, context)
        closed = [node for node in nodes if (node, port.protocol, port.published) not in context.declared.open_port]
        if closed or not nodes:
            port_text = f"{port.protocol}/{port.published or '*'}"
            yield {"workload": workload.name, "port": port_text, "nodes": closed or [workload.engine]}


@rule("PORT-002", over="workloads", views=BUILT)
def publishes_all(workload: Workload, context: Context) -> Iterator[Violation]:
    if workload.publish_all:
        yield {"workload": workload.name}


@rule("PORT-003", over="workloads", views=BUILT)
def opens_every_node(workload: Workload, context: Context) -> Iterator[Violation]:
    """Ingress mode publishes on all nodes of a cluster, whether they run the task or not."""
    for port in workload.ports:
        if port.mode == "ingress":
            yield {"workload": workload.name, "port": f"{port.protocol}/{port.published or '*'}"}


@rule("PORT-004", over="workloads", views=BUILT)
def on_all_addresses(workload: Workload, context: Context) -> Iterator[Violation]:
    """The port is open on every address of the host, also in other zones, and no host firewall filters it."""
    for port in workload.ports:
        if workload.kind == "container" and port.ip in EVERYWHERE:
            yield {"workload": workload.name, "port": f"{port.protocol}/{port.published or '*'}"}


@rule("PORT-005", over="workloads", views=BUILT)
def published_in_the_intranet(workload: Workload, context: Context) -> Iterator[Violation]:
    """Even a port on 127.0.0.1 is reachable by a neighbour that routes to the container."""
    for port in workload.ports:
        if context.location_of(workload.engine) == INTRANET:
            yield {"workload": workload.name, "port": f"{port.protocol}/{port.published or '*'}", "ip": port.ip}


def nodes_of(workload: Workload, context: Context) -> list[str]:
    """The declared hosts that a workload's ports are published on: its system's, else all nodes of the cloud."""
    if workload.engine != "cloud":
        return []
    system = context.declared.system.get(workload.name)
    if system is not None and system.deployed_at:
        return list(system.deployed_at)
    return [host.id for host in context.declared.hosts if host.kind == CLOUD_NODE]
