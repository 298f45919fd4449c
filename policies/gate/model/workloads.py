"""Containers, services and hosts, with all properties that an escape path can use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Interface(ModelObject):
    """One attachment of a workload: the network's name on the same engine, and the addresses in it."""

    id: str = ""
    """Its position in the workload."""
    network: str
    ipv4: str = ""
    ipv6: str = ""
    mac: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Port(ModelObject):
    """A port that an engine publishes on its host. `published` is 0 if the engine chooses it."""

    internal: int
    published: int = 0
    protocol: str = "tcp"
    ip: str = ""
    mode: str = "host"
    """host: on the node of the task; ingress: on every node."""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Mount(ModelObject):
    """A mount of a workload; `source` is a path, a volume's name, or empty for an anonymous volume."""

    kind: str
    target: str
    source: str = ""
    read_only: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Workload(ModelObject):
    """A container, a service of the cloud, or (declared) a host. `id` is ENGINE/NAME."""

    NESTED: ClassVar[dict[str, type[ModelObject]]] = {"interfaces": Interface, "ports": Port, "mounts": Mount}

    id: str
    engine: str
    name: str
    kind: str = "container"
    image: str = ""
    interfaces: tuple[Interface, ...] = ()
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    userns_mode: str = ""
    cgroupns_mode: str = ""
    privileged: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    security_opts: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    """Files copied in before the start; paths in the container, never contents."""
    ports: tuple[Port, ...] = ()
    publish_all: bool = False
    endpoint_mode: str = ""
    sysctls: Mapping[str, Any] = field(default_factory=dict)
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    log_driver: str = ""
    log_targets: tuple[str, ...] = ()
    """Addresses that its log driver sends to."""
    secret_env: tuple[str, ...] = ()
    """Names of environment variables whose value is, or looks like, a secret; never the value."""
    memory_mib: float = 0
    """0 if there is no limit."""
    cpus: float = 0
    pids: int = 0
    runs: bool = True
    """False if it exists but is stopped."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    @property
    def networks(self) -> tuple[str, ...]:
        """Ids of its networks."""
        return tuple(f"{self.engine}/{interface.network}" for interface in self.interfaces)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Volume(ModelObject):
    id: str
    engine: str
    name: str
    driver: str = "local"
    driver_opts: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Host(ModelObject):
    """A declared host; `workload` is the id of its container in a lab."""

    id: str
    kind: str
    location: str
    workload: str
    interfaces: tuple[str, ...] = ()
    management: str = ""
    """Its management interface, if management has a segment of its own."""
    agency: str = ""
    room_grade: str = ""
    release: str = "12"
    """Debian release."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Image(ModelObject):
    """The build record of an image; `id` is its kind."""

    id: str
    image: str
    reference: str = ""
    recipe: str = ""
    approved: str = ""
    """The hash of the approved recipe."""
    at: str = ""
