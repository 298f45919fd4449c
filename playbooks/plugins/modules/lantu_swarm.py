#!/usr/bin/python
"""One node's part in the cluster of the shared cloud."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import Run, StateError, command, must

DOCUMENTATION = r"""
module: lantu_swarm
short_description: Keep a node in its Docker Swarm
description:
  - The manager begins the cluster and removes nodes that the blueprint does not know, or that stand there twice after
    a host was made anew. A worker is a member when the manager lists its node id; with C(token) it joins.
  - The token is asked of the manager when it is needed, given once, and shown nowhere.
options:
  manager: {description: Whether this node is the manager., type: bool, required: true}
  address: {description: This node's address in the cloud's segment., type: str, required: true}
  manager_address: {description: The manager's., type: str, required: true}
  overlays: {description: Where tenants' networks take their addresses from., type: str, required: true}
  nodes: {description: Names of all nodes., type: list, elements: str, required: true}
  ids:
    description: Ids of all nodes as they told them; any other is removed. Empty where not all are known yet.
    type: list
    elements: str
    default: []
  join: {description: Leave whatever cluster this worker is in and join the manager's., type: bool, default: false}
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
        told = manage(run, module.params) if module.params["manager"] else work(run, module.params)
    except StateError as mistake:
        module.fail_json(msg=str(mistake))
    module.exit_json(changed=bool(run.changes), changes=[change.what for change in run.changes], **told)


def manage(run: Run, wanted: dict[str, Any]) -> dict[str, Any]:
    """Begins the cluster where there is none; returns the ids of its members."""
    state = swarm()
    if state["LocalNodeState"] == "inactive":
        run.change("cluster begun", lambda: _begin(wanted))
        if run.check:
            return {"node": "", "members": []}
        state = swarm()
    if not state["ControlAvailable"] or state["NodeAddr"] != wanted["address"]:
        found = f"{state['LocalNodeState']} at {state['NodeAddr']}: {state['Error'] or 'not a manager'}"
        remedy = "docker swarm leave --force on this node, then converge again; its services are lost"
        raise StateError("cluster", found, f"a manager at {wanted['address']}", remedy)
    members = _members()
    for node in strangers(members, wanted["nodes"], wanted["ids"]):
        run.change(f"node {node['Hostname']} removed", lambda node=node: _remove(node["ID"]), before=json.dumps(node))
    return {"node": state["NodeID"], "members": [node["ID"] for node in members]}


def work(run: Run, wanted: dict[str, Any]) -> dict[str, Any]:
    """Joins where asked to; returns this node's id, by which the manager knows whether it is a member."""
    state = swarm()
    if wanted["join"]:
        run.change("joined the cluster", lambda: _join(state, wanted))
        state = state if run.check else swarm()
    return {"node": state["NodeID"], "members": []}


def swarm() -> dict[str, Any]:
    """The engine's own word on its cluster; an engine that is not there yet is in none."""
    done = command(["docker", "info", "--format", "{{json .Swarm}}"])
    if done.returncode:
        raise StateError("container engine", done.stderr.strip()[-500:] or "no word", "an answer", REMEDY)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def strangers(members: list[dict[str, str]], names: list[str], ids: list[str]) -> list[dict[str, str]]:
    """Nodes that the blueprint does not have, and the twins that a host leaves behind when it is made anew."""
    living = {node["Hostname"] for node in members if node["Status"] != "Down"}
    return [
        node
        for node in members
        if node["Hostname"] not in names
        or (ids and node["ID"] not in ids)
        or (node["Status"] == "Down" and node["Hostname"] in living)
    ]


def _members() -> list[dict[str, str]]:
    lines = must(["docker", "node", "ls", "--format", "{{json .}}"], "cluster", REMEDY).splitlines()
    return [json.loads(line) for line in lines]


def _begin(wanted: dict[str, Any]) -> None:
    address = wanted["address"]
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
            wanted["overlays"],
            "--default-addr-pool-mask-length",
            TENANT_BITS,
        ],
        "cluster",
        REMEDY,
    )


def _join(state: dict[str, Any], wanted: dict[str, Any]) -> None:
    if state["LocalNodeState"] != "inactive":
        must(["docker", "swarm", "leave", "--force"], "cluster", REMEDY)
    address = wanted["address"]
    must(
        [
            "docker",
            "swarm",
            "join",
            "--token",
            wanted["token"],
            "--advertise-addr",
            address,
            "--listen-addr",
            f"{address}:{PORT}",
            "--data-path-addr",
            address,
            f"{wanted['manager_address']}:{PORT}",
        ],
        "cluster",
        "is the manager's address reachable from this node?",
    )


def _remove(node: str) -> None:
    must(["docker", "node", "rm", "--force", node], "cluster", REMEDY)


if __name__ == "__main__":
    main()
