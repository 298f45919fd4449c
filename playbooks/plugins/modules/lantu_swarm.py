#!/usr/bin/python
"""Membership of a node in the cluster of the shared cloud."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import Run, StateError, command, must

DOCUMENTATION = r"""
module: lantu_swarm
short_description: Keep a node in its Docker Swarm
description:
  - The manager creates the cluster and removes nodes that the blueprint does not have, and old entries of hosts that
    were created again. A worker is a member if the manager lists its node id; with C(token) it joins.
  - The token is read from the manager when it is needed, and never shown.
options:
  manager: {description: Whether this node is the manager., type: bool, required: true}
  address: {description: This node's address in the cloud's segment., type: str, required: true}
  manager_address: {description: The manager's address., type: str, required: true}
  overlays: {description: Prefix of the tenants' networks., type: str, required: true}
  nodes: {description: Names of all nodes., type: list, elements: str, required: true}
  ids:
    description: Ids of all nodes; others are removed. Empty if not all ids are available.
    type: list
    elements: str
    default: []
  join: {description: Leave any other cluster and join the manager's., type: bool, default: false}
  token: {description: The manager's token for workers., type: str, default: ""}
"""
PORT = 2377
TENANT_BITS = "24"
REMEDY = "see journalctl -u docker"


def main() -> None:
    text: dict[str, Any] = {"type": "str", "required": True}
    spec = {
        "manager": {"type": "bool", "required": True},
        "address": text,
        "manager_address": text,
        "overlays": text,
        "nodes": {"type": "list", "elements": "str", "required": True},
        "join": {"type": "bool", "default": False},
        "ids": {"type": "list", "elements": "str", "default": []},
        "token": {"type": "str", "default": "", "no_log": True},
    }
    module = AnsibleModule(spec, supports_check_mode=True)
    run = Run(module.check_mode)
    try:
        result = manage(run, module.params) if module.params["manager"] else work(run, module.params)
    except StateError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(run.changes), changes=[change.what for change in run.changes], **result)


def manage(run: Run, options: dict[str, Any]) -> dict[str, Any]:
    """Creates the cluster if there is none; returns the ids of its members."""
    state = swarm()
    if state["LocalNodeState"] == "inactive":
        run.change("cluster begun", lambda: _create(options))
        if run.check:
            return {"node": "", "members": []}
        state = swarm()
    if not state["ControlAvailable"] or state["NodeAddr"] != options["address"]:
        found = f"{state['LocalNodeState']} at {state['NodeAddr']}: {state['Error'] or 'not a manager'}"
        remedy = "docker swarm leave --force on this node, then converge again; its services are lost"
        raise StateError("cluster", found, f"a manager at {options['address']}", remedy)
    members = _members()
    for node in obsolete_nodes(members, options["nodes"], options["ids"]):
        run.change(f"node {node['Hostname']} removed", lambda node=node: _remove(node["ID"]), before=json.dumps(node))
    return {"node": state["NodeID"], "members": [node["ID"] for node in members]}


def work(run: Run, options: dict[str, Any]) -> dict[str, Any]:
    """Joins the cluster if `join` is set; returns the id of this node."""
    state = swarm()
    if options["join"]:
        run.change("joined the cluster", lambda: _join(state, options))
        state = state if run.check else swarm()
    return {"node": state["NodeID"], "members": []}


def swarm() -> dict[str, Any]:
    """State of the cluster as the docker engine reports it."""
    process = command(["docker", "info", "--format", "{{json .Swarm}}"])
    if process.returncode:
        raise StateError("docker engine", process.stderr.strip()[-500:] or "no output", "an answer", REMEDY)
    state: dict[str, Any] = json.loads(process.stdout)
    return state


def obsolete_nodes(members: list[dict[str, str]], names: list[str], ids: list[str]) -> list[dict[str, str]]:
    """Nodes that the blueprint does not have, and old entries of hosts that were created again."""
    running = {node["Hostname"] for node in members if node["Status"] != "Down"}
    return [
        node
        for node in members
        if node["Hostname"] not in names
        or (ids and node["ID"] not in ids)
        or (node["Status"] == "Down" and node["Hostname"] in running)
    ]


def _members() -> list[dict[str, str]]:
    lines = must(["docker", "node", "ls", "--format", "{{json .}}"], "cluster", REMEDY).splitlines()
    return [json.loads(line) for line in lines]


def _create(options: dict[str, Any]) -> None:
    address = options["address"]
    must(
        [
            "docker",
            "swarm",
            "init",
            "--advertise-addr",
            address,
            "--listen-addr",
            f"{address}:{PORT}",
            "--data-path-addr",
            address,
            "--default-addr-pool",
            options["overlays"],
            "--default-addr-pool-mask-length",
            TENANT_BITS,
        ],
        "cluster",
        REMEDY,
    )


def _join(state: dict[str, Any], options: dict[str, Any]) -> None:
    if state["LocalNodeState"] != "inactive":
        must(["docker", "swarm", "leave", "--force"], "cluster", REMEDY)
    address = options["address"]
    must(
        [
            "docker",
            "swarm",
            "join",
            "--token",
            options["token"],
            "--advertise-addr",
            address,
            "--listen-addr",
            f"{address}:{PORT}",
            "--data-path-addr",
            address,
            f"{options['manager_address']}:{PORT}",
        ],
        "cluster",
        "check that this node can reach the manager's address",
    )


def _remove(node: str) -> None:
    must(["docker", "node", "rm", "--force", node], "cluster", REMEDY)


if __name__ == "__main__":
    main()
