"""Container properties that break isolation: host namespaces, devices, files, the engine."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Mount, Workload
from policies.gate.model.profiles import bare, granted, mounted

SHARED_BRIDGE = ("", "bridge", "default")
JOINED = "container:"
SOCKETS = ("docker.sock", "containerd.sock", "containerd-debug.sock", "podman.sock", "crio.sock", "dockershim.sock")
SOCKET_FOLDERS = ("/", "/run", "/var", "/var/run", "/run/docker", "/run/containerd", "/run/lantu")
"""Directories that contain an engine's socket."""
FORWARDING = ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv6.conf.all.forwarding")
NO_IPV6 = "net.ipv6.conf.all.disable_ipv6"


@rule("ISO-001", over="workloads", views=BUILT)
def host_network(workload: Workload, context: Context) -> Iterator[Violation]:
    if workload.network_mode == "host" or any(interface.network == "host" for interface in workload.interfaces):
        yield {"workload": workload.name}


@rule("ISO-002", over="workloads", views=BUILT)
def shared_bridge(workload: Workload, context: Context) -> Iterator[Violation]:
    """No network named, and none by its mode: the engine attaches it to the default bridge."""
    if workload.kind == "container" and workload.network_mode in SHARED_BRIDGE and not workload.interfaces:
        yield {"workload": workload.name, "mode": workload.network_mode}
    if any(interface.network == "bridge" for interface in workload.interfaces):
        yield {"workload": workload.name, "mode": "bridge"}


@rule("ISO-003", over="workloads", views=BUILT)
def engine_socket(workload: Workload, context: Context) -> Iterator[Violation]:
    for mount in workload.mounts:
        if _reaches_socket(mount):
            yield {"workload": workload.name, "source": mount.source, "target": mount.target}
    for file in workload.uploads:
        if file.rpartition("/")[2] in SOCKETS:
            yield {"workload": workload.name, "source": file, "target": file}


def _reaches_socket(mount: Mount) -> bool:
    if mount.kind not in ("bind", ""):
        return False
    path = mount.source.rstrip("/") or "/"
    return path in SOCKET_FOLDERS or path.rpartition("/")[2] in SOCKETS or path.startswith("/run/lantu/")


@rule("ISO-004", over="workloads", views=BUILT)
def another_s_network(workload: Workload, context: Context) -> Iterator[Violation]:
    """It enters that container's zone, including its sockets, without an attachment of its own."""
    if workload.network_mode.startswith(JOINED):
        yield {"workload": workload.name, "joined": workload.network_mode.removeprefix(JOINED)}


@rule("ISO-005", over="workloads", views=BUILT)
def host_namespaces(workload: Workload, context: Context) -> Iterator[Violation]:
    """Process, memory, user or control group namespaces of the host or of another container."""
    allowed = granted(workload, context.declared).cgroupns_mode
    for field in ("pid_mode", "ipc_mode", "userns_mode", *context.control_groups(workload)):
        mode = getattr(workload, field)
        if (mode == "host" or mode.startswith(JOINED)) and not (field == "cgroupns_mode" and mode == allowed):
            yield {"workload": workload.name, "field": field, "mode": mode}


@rule("ISO-006", over="workloads", views=BUILT)
def privileged(workload: Workload, context: Context) -> Iterator[Violation]:
    if workload.privileged:
        yield {"workload": workload.name}


@rule("ISO-007", over="workloads", views=BUILT)
def capabilities_not_granted(workload: Workload, context: Context) -> Iterator[Violation]:
    """Beyond what its profile grants; only declared hosts have one."""
    extra = sorted({bare(item) for item in workload.cap_add} - granted(workload, context.declared).cap_add)
    if extra:
        yield {"workload": workload.name, "capabilities": extra}


@rule("ISO-008", over="workloads", views=BUILT)
def devices_of_the_host(workload: Workload, context: Context) -> Iterator[Violation]:
    if workload.devices:
        yield {"workload": workload.name, "devices": workload.devices}


@rule("ISO-009", over="workloads", views=BUILT)
def confinement_taken_off(workload: Workload, context: Context) -> Iterator[Violation]:
    allowed = granted(workload, context.declared).security_opts
    extra = sorted(opt for opt in workload.security_opts if opt not in allowed and opt != "no-new-privileges")
    if extra:
        yield {"workload": workload.name, "options": extra}


@rule("ISO-010", over="workloads", views=BUILT)
def files_of_the_host(workload: Workload, context: Context) -> Iterator[Violation]:
    """A host path that the profile does not grant; symbolic links in it can lead anywhere."""
    allowed = granted(workload, context.declared).mounts
    for mount in workload.mounts:
        if mount.kind in ("bind", "") and mounted(mount) not in allowed:
            yield {"workload": workload.name, "source": mount.source, "target": mount.target}


@rule("ISO-011", over="workloads", views=BUILT)
def raw_packets(workload: Workload, context: Context) -> Iterator[Violation]:
    """Raw sockets can forge neighbour and router advertisements. Only hosts get them, by their profile."""
    dropped = {bare(item) for item in workload.cap_drop}
    if workload.id not in context.declared.host_of and not dropped & {"NET_RAW", "ALL"}:
        yield {"workload": workload.name, "dropped": sorted(dropped)}


@rule("ISO-012", over="workloads", views=BUILT)
def forwards(workload: Workload, context: Context) -> Iterator[Violation]:
    """Forwarding makes a router; only the profile of gateways grants it."""
    allowed = granted(workload, context.declared).sysctls
    for key in FORWARDING:
        if str(workload.sysctls.get(key, "0")) != "0" and key not in allowed:
            yield {"workload": workload.name, "sysctl": key, "value": workload.sysctls[key]}


@rule("ISO-013", over="workloads", views=BUILT, alone=False)
def ipv6_beside_the_plan(workload: Workload, context: Context) -> Iterator[Violation]:
    """In a network without IPv6, a workload with IPv6 accepts forged router advertisements."""
    if str(workload.sysctls.get(NO_IPV6, "0")) == "1":
        return
    for name in workload.networks:
        network = context.snapshot.network.get(name) or context.declared.network.get(name)
        if network is not None and network.driver == "bridge" and not network.ipv6:
            yield {"workload": workload.name, "network": network.name}
