"""The shared cloud: one cluster of exactly the declared nodes, and the limits of its tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.estate.checked_hosts import CheckedHost

LIMITS = Path(__file__).parent / "task_limits.py"


def _info(node: CheckedHost) -> dict[str, Any]:
    info: dict[str, Any] = json.loads(node.connection.check_output("docker info --format '{{json .}}'"))
    return info


def test_the_cluster_has_one_manager_and_the_other_nodes_as_workers(built: Any, hosts: list[CheckedHost]) -> None:
    nodes = [host for host in hosts if host.declared.kind == "cloud-node"]
    lines = nodes[0].connection.check_output("docker node ls --format '{{json .}}'").splitlines()
    members = {row["Hostname"]: row for row in map(json.loads, lines)}
    assert len(members) == len(lines) == len(nodes)
    assert {row["Status"] for row in members.values()} == {"Ready"}
    assert {name: row["ManagerStatus"] for name, row in members.items()} == {
        node.id: "Leader" if node is nodes[0] else "" for node in nodes
    }


def test_the_node_is_in_it_with_its_address_in_the_cloud_segment(node: CheckedHost) -> None:
    swarm = _info(node)["Swarm"]
    interface = node.blueprint.working_interfaces(node.declared)[0]
    assert swarm["LocalNodeState"] == "active"
    assert swarm["NodeAddr"] == str(node.blueprint.addresses(node.declared, interface).ipv4)


def test_the_tenants_image_came_with_the_node(node: CheckedHost) -> None:
    image = json.loads(node.connection.check_output("cat /usr/share/lantu/app.json"))
    image_id = node.connection.check_output("docker image inspect --format '{{.Id}}' %s", image["reference"])
    assert image_id == image["id"]


def test_a_task_gets_no_public_resolver(node: CheckedHost) -> None:
    """Checked in a container, because the docker engine adds 8.8.8.8 if the host has no resolver."""
    image = json.loads(node.connection.check_output("cat /usr/share/lantu/app.json"))
    inside = node.connection.check_output(
        "docker run --rm --pull never %s /bin/busybox cat /etc/resolv.conf", image["reference"]
    )
    servers = [line.split()[1] for line in inside.splitlines() if line.startswith("nameserver")]
    assert servers == ["127.0.0.1"]


def test_the_kernel_limits_every_task_as_its_system_is_deployed(built: Any, hosts: list[CheckedHost]) -> None:
    """Read from the control groups of each task, not from the docker engine."""
    nodes = [host for host in hosts if host.declared.kind == "cloud-node"]
    outputs = (node.connection.check_output("python3 -c %s", LIMITS.read_text()) for node in nodes)
    limits = sorted((task["service"], task["memory"], task["cpus"]) for tasks in outputs for task in json.loads(tasks))
    expected = sorted(
        (system.id, system.deployment.memory_mib << 20, system.deployment.cpus)
        for system in built.systems
        if system.deployment is not None
        for _ in range(system.deployment.replicas)
    )
    assert expected and limits == expected
