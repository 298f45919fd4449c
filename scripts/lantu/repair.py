"""What a killed run leaves between a state and an engine, put right before the next one compares them.

A resource that Pulumi was making when it was killed exists in the engine and not in the state; one that somebody
removed by hand is in the state and not in the engine. The first is removed (only where the blueprint has that name:
what is nobody's is the audit's business, not ours), the second makes the next run look again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from lab.engine import client

from inventory.model.blueprint import Blueprint
from inventory.model.systems import System
from lantu.context import Workspace
from lantu.stacks import Stack
from lantu.steps import StepFailedError, Steps

PREFIX = "docker:index/"
SHORT = 12
"""Characters of a short id: services and networks of a cluster are listed by it."""
IN_CLUSTER = ("service", "config", "secret", "network")
"""What a tenant has in the cluster, by the word of Docker's command, in the order of removal."""
IN_STATE = {
    "service:Service": "service",
    "serviceConfig:ServiceConfig": "config",
    "secret:Secret": "secret",
    "network:Network": "network",
}
NETWORK, CONTAINER, VOLUME = "network:Network", "container:Container", "volume:Volume"


@dataclass(frozen=True, slots=True)
class StateDifference:
    """`half_made` exists only in the engine, `lost` only in the state; entries are (kind, name)."""

    half_made: list[tuple[str, str]]
    lost: list[tuple[str, str]]


def unlock(stack: Stack, steps: Steps) -> None:
    """Takes away the lock of a Pulumi that was killed; one that still runs keeps it."""
    for lock in (stack.home / "state" / ".pulumi" / "locks").rglob("*.json"):
        owner = json.loads(lock.read_text() or "{}").get("pid")
        if owner is None or not _runs(int(owner)):
            steps.note(f"stale lock of process {owner}: {lock.name}")
            lock.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def difference(blueprint: Blueprint, workspace: Workspace, stack: Stack) -> StateDifference:
    """Compares ids of networks, containers and volumes that the blueprint names."""
    known = {
        _identity(resource)
        for resource in stack.resources()
        if resource["type"].startswith(PREFIX) and "pending" not in resource
    }
    with closing(client(workspace.lab)) as engine:
        there = {
            *((NETWORK, str(item.name), str(item.id)) for item in engine.networks.list()),
            *((CONTAINER, str(item.name), str(item.id)) for item in engine.containers.list(all=True)),
            *((VOLUME, str(item.name), str(item.name)) for item in engine.volumes.list()),
        }
    planned = set(_names(blueprint, workspace))
    return StateDifference(
        sorted((kind, name) for kind, name, _ in there - known if name.removesuffix("-docker") in planned),
        sorted((kind, name) for kind, name, _ in known - there),
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """The shared cloud's manager, as the operators of a location reach it."""

    ssh_config: Path
    manager: str

    def run(self, command: str) -> str:
        """StepFailedError if the manager does not answer, or refuses: then nothing is known of the cluster."""
        argv = ["ssh", "-F", str(self.ssh_config), self.manager, command]
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
            )
        except subprocess.TimeoutExpired as late:
            raise StepFailedError(f"ssh {self.manager}", 255, [str(late)]) from late
        if done.returncode:
            raise StepFailedError(f"ssh {self.manager}", done.returncode, done.stderr.splitlines())
        return done.stdout


def cluster_difference(stack: Stack, cluster: Cluster, planned: re.Pattern[str]) -> StateDifference:
    """Compares a tenant's state with the cluster, over one connection; `planned` matches the tenant's names."""
    asked = " && ".join(f"docker {kind} ls --format '{kind} {{{{.ID}}}} {{{{.Name}}}}'" for kind in IN_CLUSTER)
    there = {(kind, id[:SHORT], name) for kind, id, name in map(str.split, cluster.run(asked).splitlines())}
    known = {
        (IN_STATE[kind], id[:SHORT], name)
        for kind, name, id in (
            _identity(resource)
            for resource in stack.resources()
            if resource["type"].startswith(PREFIX) and "pending" not in resource
        )
    }
    there_ids, known_ids = ({id for _, id, _ in rows} for rows in (there, known))
    return StateDifference(
        sorted((kind, name) for kind, id, name in there if planned.fullmatch(name) and id not in known_ids),
        sorted((kind, name) for kind, id, name in known if id not in there_ids),
    )


def outdated_overlays(stack: Stack, systems: list[System]) -> list[tuple[str, str]]:
    """Overlays named without their number, as older releases did, each with the service that uses it.

    The network of the new name has the same prefix, so the old one has to go first.
    """
    names = {_identity(resource)[1] for resource in stack.resources() if resource["type"] == PREFIX + NETWORK}
    old = [system.id for system in systems if f"{system.id}-net" in names]
    return [entry for name in old for entry in (("service", name), ("network", f"{name}-net"))]


def remove_from_cluster(cluster: Cluster, half_made: list[tuple[str, str]]) -> None:
    """Removes what a killed run began: the service first. A network is in use until the last task is gone."""
    for kind, name in sorted(half_made, key=lambda it: IN_CLUSTER.index(it[0])):
        tries = 30 if kind == "network" else 1
        cluster.run(f"for try in $(seq {tries}); do docker {kind} rm {name} && exit; sleep 1; done; exit 1")


def _identity(resource: dict[str, Any]) -> tuple[str, str, str]:
    outputs = resource.get("outputs") or {}
    return resource["type"].removeprefix(PREFIX), str(outputs.get("name", "?")), str(resource.get("id", "?"))


def _names(blueprint: Blueprint, workspace: Workspace) -> list[str]:
    segments = [segment.id for segment in blueprint.segments_at(workspace.location)]
    return [*segments, *(host.id for host in blueprint.hosts_at(workspace.location))]


def remove(workspace: Workspace, half_made: list[tuple[str, str]]) -> None:
    """Removes what a killed run began: containers first, then what they used."""
    order = (CONTAINER, VOLUME, NETWORK)
    with closing(client(workspace.lab)) as engine:
        for kind, name in sorted(half_made, key=lambda it: order.index(it[0])):
            try:
                if kind == CONTAINER:
                    engine.containers.get(name).remove(force=True)
                else:
                    (engine.volumes if kind == VOLUME else engine.networks).get(name).remove()
            except docker.errors.NotFound:
                continue
