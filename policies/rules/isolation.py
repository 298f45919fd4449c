"""What would let a container out of its segment: the host's own network, the shared bridge, the engine's socket."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Case, Fault, rule
from policies.estate import Mount, Workload

BUILT = ("planned", "running")
SHARED_BRIDGE = ("", "bridge", "default")
SOCKETS = ("docker.sock", "containerd.sock", "containerd-debug.sock", "podman.sock", "crio.sock", "dockershim.sock")
SOCKET_FOLDERS = ("/", "/run", "/var", "/var/run", "/run/docker", "/run/containerd", "/run/lantu")
"""Folders that an engine's socket lies in or below: whoever has the folder has the socket."""


@rule("ISO-001", over="workloads", views=BUILT)
def host_network(workload: Workload, case: Case) -> Iterator[Fault]:
    if workload.network_mode == "host" or any(leg.network == "host" for leg in workload.legs):
        yield {"workload": workload.name}


@rule("ISO-002", over="workloads", views=BUILT)
def shared_bridge(workload: Workload, case: Case) -> Iterator[Fault]:
    """No network named, and none given by its mode: the engine puts it on the bridge that all share."""
    if workload.kind == "container" and workload.network_mode in SHARED_BRIDGE and not workload.legs:
        yield {"workload": workload.name, "mode": workload.network_mode}
    if any(leg.network == "bridge" for leg in workload.legs):
        yield {"workload": workload.name, "mode": "bridge"}


@rule("ISO-003", over="workloads", views=BUILT)
def engine_socket(workload: Workload, case: Case) -> Iterator[Fault]:
    for mount in workload.mounts:
        if _reaches_socket(mount):
            yield {"workload": workload.name, "source": mount.source, "target": mount.target}


def _reaches_socket(mount: Mount) -> bool:
    if mount.kind not in ("bind", ""):
        return False
    path = mount.source.rstrip("/") or "/"
    return path in SOCKET_FOLDERS or path.rpartition("/")[2] in SOCKETS or path.startswith("/run/lantu/")
