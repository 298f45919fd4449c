"""The properties of a machine that a lab depends on: the result of reading, and the input of the evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lab.preflight.probe import Room


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """`distribution` and `version` are ID and VERSION_ID of os-release; `architecture` and `kernel` are as the
    kernel reports them; `container` (lxc, docker, …) and `not_linux` (WSL 1, gVisor) are empty on a physical or
    virtual machine with Linux."""

    distribution: str
    version: str
    architecture: str
    bits: int
    kernel: str
    container: str
    not_linux: str
    wsl: bool


@dataclass(frozen=True, slots=True)
class Rights:
    """The caller's rights. `whole` is False in a nested user namespace; `lacking` are capabilities that root lacks."""

    user: int
    whole: bool
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Security:
    """`selinux` is absent, permissive or enforcing; `policy` is whether AppArmor's interface exists; `switches`
    are the machine's settings about user namespaces that differ from the kernel's default."""

    selinux: str
    apparmor: bool
    policy: bool
    switches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cgroups:
    """`version` is v1 (also where v2 is mounted beside it), v2 or none, as engines detect it."""

    version: str
    mount: str
    writable: bool
    controllers: frozenset[str]
    systemd: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """`absent` modules are certainly missing; `unloaded` ones can be loaded unless `locked` is set; `gone` means that
    the running kernel's modules are no longer on the disk. The trial tests what cannot be read."""

    absent: tuple[str, ...]
    unloaded: tuple[str, ...]
    locked: bool
    gone: bool
    ipv6: bool


class Disk(NamedTuple):
    """The file system that holds a folder, and its mount point."""

    path: str
    mount: str
    kind: str
    options: frozenset[str]
    room: Room


@dataclass(frozen=True, slots=True)
class InstalledEngine:
    """`version` is empty if there is no dockerd, or if `broken` is the reason why it is unknown; `owner` is the user id
    of its file; `snap` is Docker's snap, installed or on PATH; `conflicts` are installed packages that docker.io
    would remove."""

    version: str
    broken: str
    path: str
    owner: int
    snap: bool
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """`disks` are those of the state, run and cache folders and of `packages` (/usr); `limits` holds kernel settings by
    dotted key; `missing` are missing tools; `left_alone` names the machine's own engines and firewalls;
    `routes` are (prefix, interface) of both families; `images` are the kinds in the cache, `toolchain` is whether it
    has a toolchain; `debian` is the reason why no package source fits the host images, or empty; `unreadable` are
    files that exist and could not be read."""

    system: OperatingSystem
    rights: Rights
    security: Security
    cgroups: Cgroups
    kernel: Kernel
    engine: InstalledEngine
    memory_mb: int
    swap_mb: int
    cpus: int
    kvm: str
    disks: dict[str, Disk]
    limits: dict[str, int]
    missing: tuple[str, ...]
    left_alone: tuple[str, ...]
    routes: tuple[tuple[str, str], ...]
    images: frozenset[str]
    toolchain: bool
    debian: str
    unreadable: tuple[str, ...]
