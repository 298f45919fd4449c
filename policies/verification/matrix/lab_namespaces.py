"""The network namespaces of a running lab."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from policies.verification.matrix.endpoints import EndpointKind
from policies.verification.matrix.failures import ProbeFailure

NAMESPACES = Path("/run/netns")
HOST_LABEL = "lantu.host"


@dataclass(frozen=True, slots=True)
class LabHandles:
    """Network namespaces by name. A missing one has a reason, and the matrix is then not good."""

    engines: Mapping[LocationId, Path]
    vantages: Mapping[str, Path]
    hosts: Mapping[str, Path]
    missing: Mapping[str, ProbeFailure] = field(default_factory=dict)
    """Endpoint (`host:portal1`, `engine:intranet`) -> why it has no namespace."""


def handles(lab: str, blueprint: Blueprint, run: Path | None = None) -> LabHandles:
    """The namespaces of the lab of that name. `run` is the folder of the engines' sockets (LANTU_RUN, /run/lantu)."""
    import docker  # takes 0.1 s, and only this function needs it
    import requests

    run = run or Path(os.environ.get("LANTU_RUN", "/run/lantu"))
    engines = {location: NAMESPACES / f"lantu-{lab}-{location}" for location in LocationId}
    vantages = {vantage.id: NAMESPACES / f"lantu-{lab}-{vantage.id}" for vantage in blueprint.vantages}
    hosts: dict[str, Path] = {}
    missing: dict[str, ProbeFailure] = {}
    for location in LocationId:
        names = [host.id for host in blueprint.deployed_subset.hosts_at(location)]
        try:
            running = _hosts(f"unix://{run / lab / location / 'docker.sock'}")
        except (docker.errors.DockerException, requests.RequestException) as failure:
            missing |= {f"{EndpointKind.HOST}:{name}": ProbeFailure("reported", str(failure)) for name in names}
            continue
        hosts |= {name: running[name] for name in names if name in running}
        missing |= {f"{EndpointKind.HOST}:{name}": ProbeFailure("not-running") for name in names if name not in running}
    return LabHandles(engines, vantages, hosts, missing)


def _hosts(engine: str) -> dict[str, Path]:
    """Host -> its namespace, for all running hosts."""
    import docker

    with closing(docker.DockerClient(base_url=engine, timeout=20)) as client:
        running = [item for item in client.containers.list() if HOST_LABEL in item.labels]
        return {item.labels[HOST_LABEL]: Path("/proc") / str(item.attrs["State"]["Pid"]) / "ns/net" for item in running}
