"""Published ports: each is named by a declared flow, by node, port and protocol."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Case, Fault, rule
from policies.estate import Workload

CLOUD_NODE = "cloud-node"


@rule("PORT-001", over="workloads", views=("planned", "running"))
def port_without_flow(workload: Workload, case: Case) -> Iterator[Fault]:
    """A place's own engine stands on no host of the blueprint, so that nothing may be published there at all."""
    for port in workload.ports:
        nodes = nodes_of(workload, case)
        closed = [node for node in nodes if (node, port.protocol, port.published) not in case.declared.opening]
        if closed or not nodes:
            yield {
                "workload": workload.name,
                "port": f"{port.protocol}/{port.published or '*'}",
                "nodes": closed or [workload.engine],
            }


@rule("PORT-002", over="workloads", views=("planned", "running"))
def publishes_all(workload: Workload, case: Case) -> Iterator[Fault]:
    if workload.publish_all:
        yield {"workload": workload.name}


def nodes_of(workload: Workload, case: Case) -> list[str]:
    """The declared hosts that a workload's ports are published on: its system's, else all nodes of the cloud."""
    if workload.engine != "cloud":
        return []
    system = next((one for one in case.declared.systems if one.id == workload.name), None)
    if system is not None and system.deployed_at:
        return list(system.deployed_at)
    return [host.id for host in case.declared.hosts if host.kind == CLOUD_NODE]
