"""Folders and names of a lab. Nothing here changes the machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from inventory.texts.text import Text
from lab import cgroups
from lab.errors import LabError

NAME = re.compile(r"[a-z][a-z0-9]{0,11}")  # no dash, so that `lantu-NAME-LOCATION` is unambiguous
KINDS = {"lab": Text("实验环境", "lab"), "location": Text("场所", "location")}
SOCKET_BYTES = 107  # sun_path of unix(7), without the final zero byte
LONGEST_SOCKET = "exec/containerd/containerd-debug.sock"  # created by dockerd below its run folder


def state_root() -> Path:
    return Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"))


def run_root() -> Path:
    return Path(os.environ.get("LANTU_RUN", "/run/lantu"))


def cache_root() -> Path:
    return Path(os.environ.get("LANTU_CACHE", "/var/cache/lantu"))


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab on this machine; several can exist side by side. LANTU_STATE and LANTU_RUN set its folders."""

    name: str
    state_root: Path = field(default_factory=state_root)
    run_root: Path = field(default_factory=run_root)

    def __post_init__(self) -> None:
        checked("lab", self.name)

    @property
    def state(self) -> Path:
        return self.state_root / self.name

    @property
    def run(self) -> Path:
        """The run folder, which a reboot clears."""
        return self.run_root / self.name

    @property
    def prefix(self) -> str:
        """The prefix of the names of all namespaces and control groups of this lab."""
        return f"lantu-{self.name}-"

    def location(self, name: str) -> LabLocation:
        return LabLocation(self, name)

    def vantage_namespace(self, vantage: str) -> str:
        return self.prefix + vantage


@dataclass(frozen=True, slots=True)
class LabLocation:
    """One location, `extranet` or `intranet`, with its own Docker engine. Two locations share nothing."""

    lab: Lab
    name: str

    def __post_init__(self) -> None:
        checked("location", self.name)
        longest = str(self.run / LONGEST_SOCKET)
        if len(longest.encode()) > SOCKET_BYTES:
            raise LabError("LAB003", f"{longest} ({len(longest.encode())})", most=SOCKET_BYTES)

    @property
    def namespace(self) -> str:
        return self.lab.prefix + self.name

    @property
    def cgroup(self) -> str:
        """Control group of every container of this location, from the root of each hierarchy."""
        return cgroups.group(self.namespace)

    @property
    def run(self) -> Path:
        return self.lab.run / self.name

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def pid_file(self) -> Path:
        return self.run / "dockerd.pid"

    @property
    def exec_root(self) -> Path:
        return self.run / "exec"

    @property
    def state(self) -> Path:
        return self.lab.state / self.name

    @property
    def data_root(self) -> Path:
        return self.state / "engine"

    @property
    def log(self) -> Path:
        return self.state / "dockerd.log"

    @property
    def docker_host(self) -> str:
        """The value for DOCKER_HOST and Pulumi's provider."""
        return f"unix://{self.socket}"


def checked(kind: str, name: str) -> str:
    if not NAME.fullmatch(name):
        raise LabError("LAB002", repr(name), kind=KINDS[kind])
    return name
