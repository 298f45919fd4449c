"""What a killed run leaves between a state and an engine, put right before the next one compares them.

A resource that Pulumi was making when it was killed exists in the engine and not in the state; one that somebody
removed by hand is in the state and not in the engine. The first is removed (only where the blueprint has that name:
what is nobody's is the audit's business, not ours), the second makes the next run look again.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from lab.engine import client

from inventory.blueprint import Blueprint
from lantu.context import Seat
from lantu.stacks import Stack
from lantu.steps import StepFailedError, Steps

PREFIX = "docker:index/"
SHORT = 12
"""Characters of a short id."""
NETWORK, CONTAINER, VOLUME = "network:Network", "container:Container", "volume:Volume"


@dataclass(frozen=True, slots=True)
class Difference:
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


def difference(blueprint: Blueprint, seat: Seat, stack: Stack) -> Difference:
    """Compares ids of networks, containers and volumes that the blueprint names."""
    known = {_identity(one) for one in stack.resources() if one["type"].startswith(PREFIX) and "pending" not in one}
    with closing(client(seat.lab)) as engine:
        there = {
            *((NETWORK, str(one.name), str(one.id)) for one in engine.networks.list()),
            *((CONTAINER, str(one.name), str(one.id)) for one in engine.containers.list(all=True)),
            *((VOLUME, str(one.name), str(one.name)) for one in engine.volumes.list()),
        }
    planned = set(_names(blueprint, seat))
    return Difference(
        sorted((kind, name) for kind, name, _ in there - known if name.removesuffix("-docker") in planned),
        sorted((kind, name) for kind, name, _ in known - there),
    )


def lost_in_cluster(stack: Stack, ssh_config: Path, manager: str) -> list[tuple[str, str]]:
    """What the tenant's state has and the cluster has not: (kind, name). One connection, four questions.

    StepFailedError if the manager does not answer: then nothing is known of the cluster.
    """
    asked = " && ".join(f"docker {kind} ls --quiet" for kind in ("service", "network", "secret", "config"))
    done = subprocess.run(["ssh", "-F", str(ssh_config), manager, asked], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120)
    if done.returncode:
        raise StepFailedError(f"ssh {manager}", done.returncode, done.stderr.splitlines())
    there = {row[:SHORT] for row in done.stdout.split()}  # services and networks are listed by their short ids
    known = [one for one in stack.resources() if one["type"].startswith(PREFIX) and "pending" not in one]
    return sorted(_identity(one)[:2] for one in known if str(one.get("id"))[:SHORT] not in there)


def _identity(resource: dict[str, Any]) -> tuple[str, str, str]:
    outputs = resource.get("outputs") or {}
    return resource["type"].removeprefix(PREFIX), str(outputs.get("name", "?")), str(resource.get("id", "?"))


def _names(blueprint: Blueprint, seat: Seat) -> list[str]:
    segments = [one.id for one in blueprint.segments_at(seat.place)]
    return [*segments, *(one.id for one in blueprint.hosts_at(seat.place))]


def remove(seat: Seat, half_made: list[tuple[str, str]]) -> None:
    """Removes what a killed run began: containers first, then what they used."""
    order = (CONTAINER, VOLUME, NETWORK)
    with closing(client(seat.lab)) as engine:
        for kind, name in sorted(half_made, key=lambda it: order.index(it[0])):
            try:
                if kind == CONTAINER:
                    engine.containers.get(name).remove(force=True)
                else:
                    (engine.volumes if kind == VOLUME else engine.networks).get(name).remove()
            except docker.errors.NotFound:
                continue
