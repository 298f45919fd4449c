"""Repair of differences between a Pulumi state and a Docker engine that a killed run left.

A resource that Pulumi was creating when it was killed exists only in the engine; one that was removed by hand exists
only in the state. The first is removed if the blueprint has its name (`lantu audit` reports others); the second makes
the next run refresh the state.
"""

from __future__ import annotations

import json
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
from inventory.texts.text import Text
from lantu.console import word
from lantu.context import Workspace
from lantu.stacks import Stack
from lantu.steps import StepFailedError, Steps

STALE_LOCK = Text("删除已结束进程 {pid} 的锁：{file}", "removing the stale lock of process {pid}: {file}")
PREFIX = "docker:index/"
SHORT = 12
"""Characters of a short id, as lists of services and networks of a cluster print it."""
IN_CLUSTER = ("service", "config", "secret", "network")
"""Kinds of a tenant's resources in the cluster, as Docker's command names them, in the order of removal."""
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
    """Remove the lock of a Pulumi process that was killed; a running process keeps its lock."""
    for lock in (stack.home / "state" / ".pulumi" / "locks").rglob("*.json"):
        owner = json.loads(lock.read_text() or "{}").get("pid")
        if owner is None or not _runs(int(owner)):
            steps.note(STALE_LOCK.fill(pid=owner, file=lock.name).say(word(steps.lang)))
            lock.unlink()


def _runs(pid: int) -> bool:
    """Whether a Pulumi with this id runs. A killed one stays as a zombie until its parent looks, and a process id is
    used again."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX" and b"pulumi" in command


def difference(blueprint: Blueprint, workspace: Workspace, stack: Stack) -> StateDifference:
    """Compare ids of the networks, containers and volumes that the blueprint names."""
    in_state = {
        _identity(resource)
        for resource in stack.resources()
        if resource["type"].startswith(PREFIX) and "pending" not in resource
    }
    with closing(client(workspace.lab)) as engine:
        in_engine = {
            *((NETWORK, str(item.name), str(item.id)) for item in engine.networks.list()),
            *((CONTAINER, str(item.name), str(item.id)) for item in engine.containers.list(all=True)),
            *((VOLUME, str(item.name), str(item.name)) for item in engine.volumes.list()),
        }
    planned = set(_names(blueprint, workspace))
    return StateDifference(
        sorted((kind, name) for kind, name, _ in in_engine - in_state if name.removesuffix("-docker") in planned),
        sorted((kind, name) for kind, name, _ in in_state - in_engine),
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """The manager of the common cloud, as the operators of a location reach it."""

    ssh_config: Path
    manager: str

    def run(self, command: str) -> str:
        """StepFailedError if the manager does not respond or the command fails."""
        argv = ["ssh", "-F", str(self.ssh_config), self.manager, command]
        try:
            completed = subprocess.run(
                argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
            )
        except subprocess.TimeoutExpired as error:
            raise StepFailedError(f"ssh {self.manager}", 255, [str(error)]) from error
        if completed.returncode:
            raise StepFailedError(f"ssh {self.manager}", completed.returncode, completed.stderr.splitlines())
        return completed.stdout


def cluster_difference(stack: Stack, cluster: Cluster, planned: re.Pattern[str]) -> StateDifference:
    """Compare a tenant's state with the cluster, over one connection; `planned` matches the tenant's names."""
    command = " && ".join(f"docker {kind} ls --format '{kind} {{{{.ID}}}} {{{{.Name}}}}'" for kind in IN_CLUSTER)
    in_cluster = {(kind, id[:SHORT], name) for kind, id, name in map(str.split, cluster.run(command).splitlines())}
    in_state = {
        (IN_STATE[kind], id[:SHORT], name)
        for kind, name, id in (
            _identity(resource)
            for resource in stack.resources()
            if resource["type"].startswith(PREFIX) and "pending" not in resource
        )
    }
    cluster_ids, state_ids = ({id for _, id, _ in rows} for rows in (in_cluster, in_state))
    return StateDifference(
        sorted((kind, name) for kind, id, name in in_cluster if planned.fullmatch(name) and id not in state_ids),
        sorted((kind, name) for kind, id, name in in_state if id not in cluster_ids),
    )


def outdated_overlays(stack: Stack, systems: list[System]) -> list[tuple[str, str]]:
    """Overlays named without their number, as older releases did, each with the service that uses it.

    The network of the new name has the same prefix, so the old one has to go first.
    """
    names = {_identity(resource)[1] for resource in stack.resources() if resource["type"] == PREFIX + NETWORK}
    old = [system.id for system in systems if f"{system.id}-net" in names]
    return [entry for name in old for entry in (("service", name), ("network", f"{name}-net"))]


def remove_from_cluster(cluster: Cluster, half_made: list[tuple[str, str]]) -> None:
    """Remove what a killed run left, services first. A network is in use until its last task has ended."""
    for kind, name in sorted(half_made, key=lambda resource: IN_CLUSTER.index(resource[0])):
        tries = 30 if kind == "network" else 1
        cluster.run(f"for try in $(seq {tries}); do docker {kind} rm {name} && exit; sleep 1; done; exit 1")


def _identity(resource: dict[str, Any]) -> tuple[str, str, str]:
    outputs = resource.get("outputs") or {}
    return resource["type"].removeprefix(PREFIX), str(outputs.get("name", "?")), str(resource.get("id", "?"))


def _names(blueprint: Blueprint, workspace: Workspace) -> list[str]:
    segments = [segment.id for segment in blueprint.segments_at(workspace.location)]
    return [*segments, *(host.id for host in blueprint.hosts_at(workspace.location))]


def remove(workspace: Workspace, half_made: list[tuple[str, str]]) -> None:
    """Remove what a killed run left: containers first, then what they used."""
    order = (CONTAINER, VOLUME, NETWORK)
    with closing(client(workspace.lab)) as engine:
        for kind, name in sorted(half_made, key=lambda resource: order.index(resource[0])):
            try:
                if kind == CONTAINER:
                    engine.containers.get(name).remove(force=True)
                else:
                    (engine.volumes if kind == VOLUME else engine.networks).get(name).remove()
            except docker.errors.NotFound:
                continue
