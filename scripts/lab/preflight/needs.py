"""The resources that a lab needs, by part. Each number has its source."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inventory.texts.text import Text
from lab.images import recipe
from lab.preflight.machine import Machine


class NeedsPart(NamedTuple):
    """Megabytes that one part takes, on the disk in the folder `state` or `cache`; `at_once` is False for work that
    ends before hosts are created."""

    name: Text
    memory_mb: int
    disk_mb: int
    folder: str = "state"
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class Needs:
    """Counts of a blueprint's parts; the default is the worked example. `services_mb` is the memory limit of
    all tasks together; `prefixes` are the address ranges of each segment; `images` are the kinds that its hosts and
    tenants run; `built` is True if the lab's engines already have them, so that their disk space is in use."""

    hosts: int = 10
    nodes: int = 2
    tasks: int = 2
    services_mb: int = 128
    locations: int = 2
    vantages: int = 4
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    images: tuple[str, ...] = ("app", "base", "cloud", "portal")
    built: bool = False
    virtual_machines: bool = False

    @property
    def containers(self) -> int:
        return self.hosts + self.nodes + self.tasks

    @property
    def releases(self) -> int:
        """The number of Debian releases that its images are based on."""
        return len({recipe.release_of(kind) for kind in self.images})

    def missing_images(self, machine: Machine) -> list[str]:
        """The kinds that have to be built."""
        return [kind for kind in self.images if kind not in machine.images]


# Measured while `lantu up` built the worked example on Debian 12, cgroups v1, Docker 20.10, two processors
SYSTEM_MB = 150  # an idle Debian 12 with its kernel: 138
LOCATION_MB = 130  # dockerd, containerd and the shims of hosts: 256 for both locations
HOST_MB = 40  # cgroup of a host with its cache: 7 to 33
NODE_MB = 150  # cgroup of a cloud node with its cache: 59 to 140; its services' limits come on top
TOOLS_MB = 700  # proportional set sizes: 498 in 37 probe workers; 467 in Pulumi, provider, Python; Ansible's forks less
IMAGES_MB = 300  # mmdebstrap, apt, dpkg: 285
TOOLCHAIN_MB = 2000  # Go: 1,966 for all its tools, possibly of two parallel builds; 1,650 of it in one linker
LOCATION_DISK_MB = 600  # unpacked image layers of a Debian release: 471 in the extranet, 212 in the intranet
HOST_DISK_MB = 20
NODE_DISK_MB = 100  # volume of a node's own engine: 64
RECORDS_DISK_MB = 100  # stacks, keys, logs
IMAGES_DISK_MB = 2000  # lab.images.build.NEED_MB for each Debian release; 710 remain
TOOLCHAIN_DISK_MB = 5000  # modules 2,296, Go's own cache 2,630; 205 remain
INODES = 60_000  # 20,852 in the state folder, as many in a tree under construction
TOOLCHAIN_INODES = 170_000  # 167,194 modules and compiled packages


def parts(needs: Needs, machine: Machine) -> list[NeedsPart]:
    """The needs in addition to what exists: a toolchain or images in the cache are not built again."""
    disk = 0 if needs.built else 1
    found = [
        NeedsPart(Text("操作系统", "operating system"), SYSTEM_MB, 0),
        NeedsPart(
            Text(f"{needs.locations} 个引擎", f"{needs.locations} engines"),
            needs.locations * LOCATION_MB,
            disk * needs.locations * needs.releases * LOCATION_DISK_MB,
        ),
        NeedsPart(
            Text(f"{needs.hosts} 台主机", f"{needs.hosts} hosts"),
            needs.hosts * HOST_MB,
            disk * needs.hosts * HOST_DISK_MB,
        ),
        NeedsPart(
            Text(f"{needs.nodes} 个云节点", f"{needs.nodes} cloud nodes"),
            needs.nodes * NODE_MB + needs.services_mb,
            disk * needs.nodes * NODE_DISK_MB,
        ),
        NeedsPart(Text("Pulumi 与 Ansible 运行时", "Pulumi and Ansible at work"), TOOLS_MB, RECORDS_DISK_MB),
    ]
    if missing := needs.missing_images(machine):
        name = Text("构建主机镜像", "building host images")
        releases = len({recipe.release_of(kind) for kind in missing})
        found.append(NeedsPart(name, IMAGES_MB, releases * IMAGES_DISK_MB, "cache", at_once=False))
    if not machine.toolchain:
        name = Text("构建 Pulumi", "building Pulumi")
        found.append(NeedsPart(name, TOOLCHAIN_MB, TOOLCHAIN_DISK_MB, "cache", at_once=False))
    return found


def memory_mb(needed: list[NeedsPart]) -> int:
    """The maximum of the needs of all parts together and of each build; builds end before hosts are created."""
    together = sum(part.memory_mb for part in needed if part.at_once)
    alone = [SYSTEM_MB + part.memory_mb for part in needed if not part.at_once]
    return max([together, *alone])


def disk_mb(needed: list[NeedsPart], folders: Collection[str] = ("state", "cache")) -> int:
    return sum(part.disk_mb for part in needed if part.folder in folders)


def inodes(machine: Machine) -> int:
    return INODES if machine.toolchain else INODES + TOOLCHAIN_INODES
