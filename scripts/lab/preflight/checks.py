"""Checks for everything on a machine that prevents a lab. Each check yields its refusals and continues."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inventory.texts.text import Text
from lab.errors import LabError
from lab.images import recipe
from lab.preflight import needs as needing
from lab.preflight.kernel import CONTROLLERS
from lab.preflight.limits import LIMITS, OPEN_FILES
from lab.preflight.machine import Disk, Machine
from lab.preflight.needs import Needs, NeedsPart

ARCHITECTURES = ("x86_64", "aarch64")  # those of Pulumi, the provider and Debian's images; see TRIED for the rest
OLDEST_KERNEL = (5, 2)  # runc's docs/cgroup-v2.md: cgroups v2 has no freezer before it; older kernels are untested
OLDEST_ENGINE = (20, 10)  # the first version with cgroups v2 and private cgroup namespaces
TOO_NEW_ENGINE = (29, 0)  # its lowest API version is 1.44 (release notes of 29.0); lab.engine speaks 1.41
UNSUITABLE = {  # overlayfs refuses them as upper layer, or cannot store whiteouts and trusted.* attributes there
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "ceph",
    "9p",
    "virtiofs",
    "vboxsf",
    "vfat",
    "exfat",
    "ntfs",
    "ntfs3",
    "fuseblk",
    "overlay",
    "aufs",
    "ecryptfs",
    "squashfs",
    "iso9660",
}
VARIABLES = {"state": "LANTU_STATE", "run": "LANTU_RUN", "cache": "LANTU_CACHE"}
ENGINE_PACKAGES = {"docker.io", "containerd", "runc"}


def refused(machine: Machine, needs: Needs, parts: list[NeedsPart], packages: list[str]) -> Iterator[LabError]:
    """All refusals; those that explain others come first."""
    yield from _system(machine)
    yield from _rights(machine)
    yield from _security(machine)
    yield from _cgroups(machine)
    yield from _kernel(machine)
    yield from _packages(machine, needs, packages)
    yield from _engine(machine)
    yield from _disks(machine, parts, packages)
    yield from _memory(machine, parts)
    yield from _limits(machine, needs)
    if needs.virtual_machines and machine.kvm != "present":
        yield LabError("LAB058", machine.kvm, parts="scripts/test machines")


def _system(machine: Machine) -> Iterator[LabError]:
    system = machine.system
    if system.not_linux:
        yield LabError("LAB033", f"{system.kernel}", kind=system.not_linux)
    elif _numbers(system.kernel) < OLDEST_KERNEL:
        yield LabError("LAB031", system.kernel or "unknown", oldest=_dotted(OLDEST_KERNEL))
    if system.container:
        yield LabError("LAB032", f"container={system.container}", kind=system.container)
    if system.architecture not in ARCHITECTURES or system.bits != 64:
        yield LabError("LAB030", f"{system.architecture}, {system.bits} bit", architectures=", ".join(ARCHITECTURES))


def _rights(machine: Machine) -> Iterator[LabError]:
    rights = machine.rights
    if rights.user != 0:
        yield LabError("LAB001", f"user id {rights.user}")
    if not rights.whole:
        yield LabError("LAB034", "/proc/self/uid_map")
    if rights.user == 0 and rights.lacking:
        names = ", ".join(rights.lacking)
        yield LabError("LAB035", f"CapEff without {names}", capabilities=names)


def _security(machine: Machine) -> Iterator[LabError]:
    if machine.security.selinux == "enforcing":
        yield LabError("LAB036", "/sys/fs/selinux/enforce: 1")
    if machine.security.apparmor and not machine.security.policy:
        yield LabError("LAB037", "/sys/module/apparmor/parameters/enabled: Y")


def _cgroups(machine: Machine) -> Iterator[LabError]:
    groups = machine.cgroups
    if groups.version == "none":
        yield LabError(
            "LAB006",
            "/proc/self/mounts: no cgroup file system",
            ability=Text("控制组", "control groups"),
            command="grep cgroup /proc/self/mounts",
        )
        return
    needed = CONTROLLERS[groups.version]
    if lacking := sorted(needed - groups.controllers):
        yield LabError(
            "LAB041",
            f"{groups.mount}: {' '.join(sorted(groups.controllers)) or 'none'}",
            version=groups.version,
            controllers=", ".join(lacking),
            needed=", ".join(sorted(needed)),
        )
    if not groups.systemd:
        yield LabError("LAB042", "/proc/self/mounts: no name=systemd")
    if not groups.writable:
        yield LabError("LAB043", f"{groups.mount}: ro", mount=groups.mount)


def _kernel(machine: Machine) -> Iterator[LabError]:
    kernel, release = machine.kernel, machine.system.kernel
    if kernel.gone:
        yield LabError("LAB039", f"no /lib/modules/{release}/modules.dep", folder=f"/lib/modules/{release}")
    if kernel.absent:
        yield LabError("LAB038", f"/lib/modules/{release}/modules.dep", modules=", ".join(kernel.absent))
    if kernel.locked and kernel.unloaded:
        yield LabError("LAB040", "kernel.modules_disabled = 1", modules=", ".join(kernel.unloaded))
    if not kernel.ipv6:
        yield LabError("LAB044", "/proc/net/if_inet6, net.ipv6.conf.all.disable_ipv6")


def _packages(machine: Machine, needs: Needs, packages: list[str]) -> Iterator[LabError]:
    if "apt-get" in machine.missing:
        found = f"{machine.system.distribution} {machine.system.version}"
        yield LabError("LAB055", found, tools=", ".join(machine.missing))
    elif machine.debian and (missing := needs.missing_images(machine)):
        suites = sorted({recipe.SUITES[recipe.release_of(kind)] for kind in missing})
        yield LabError("LAB022", machine.debian, suite=", ".join(suites), folder="/etc/apt")
    if (engines := ENGINE_PACKAGES & set(packages)) and machine.engine.conflicts:
        yield LabError(
            "LAB051",
            ", ".join(machine.engine.conflicts),
            package=", ".join(sorted(engines)),
            installed=", ".join(machine.engine.conflicts),
        )


def _engine(machine: Machine) -> Iterator[LabError]:
    engine = machine.engine
    if engine.snap and not engine.version:
        yield LabError("LAB050", engine.path or "/snap/docker", path=machine.disks["state"].path)
        return
    if engine.owner != 0:
        yield LabError("LAB052", f"{engine.path}: user id {engine.owner}")
    if engine.broken:
        yield LabError("LAB057", engine.broken, path=engine.path)
    if engine.version and _numbers(engine.version) < OLDEST_ENGINE:
        yield LabError("LAB053", engine.version, oldest=_dotted(OLDEST_ENGINE))
    if engine.version and _numbers(engine.version) >= TOO_NEW_ENGINE:
        yield LabError("LAB054", engine.version, first=_dotted(TOO_NEW_ENGINE))


def _disks(machine: Machine, parts: list[NeedsPart], packages: list[str]) -> Iterator[LabError]:
    for name, disk in machine.disks.items():
        variable = VARIABLES.get(name, "")
        if name in ("state", "cache") and (disk.kind in UNSUITABLE or disk.kind.startswith("fuse.")):
            yield LabError("LAB045", f"{disk.path}: {disk.kind}", path=disk.path, kind=disk.kind, variable=variable)
        if "ro" in disk.options and (name != "packages" or packages):
            other = Text(f"，或用 {variable} 指定别的目录", f", or name another folder in {variable}")
            yield LabError(
                "LAB046", f"{disk.path}: ro", path=disk.path, or_variable=other if variable else Text("", "")
            )
    yield from _cache_runs(machine.disks["cache"])
    yield from _room(machine, parts)


def _cache_runs(cache: Disk) -> Iterator[LabError]:
    """Programs can run from the cache: Pulumi runs there, and images are built there. The state folder may be noexec:
    the hosts' overlay is a separate mount and does not inherit the flags (verified on kernel 6.18)."""
    if harmful := sorted(cache.options & {"noexec", "nodev"}):
        names = ",".join(harmful)
        yield LabError("LAB047", f"{cache.path}: {','.join(sorted(cache.options))}", path=cache.path, options=names)


def _room(machine: Machine, parts: list[NeedsPart]) -> Iterator[LabError]:
    """Check free space; the needs of folders on the same file system are added up."""
    folders = {name: machine.disks[name] for name in ("state", "cache")}
    for mount in dict.fromkeys(disk.mount for disk in folders.values()):
        names = [name for name, disk in folders.items() if disk.mount == mount]
        disk, need = folders[names[0]], needing.disk_mb(parts, names)
        if disk.room.mb < need:
            yield LabError("LAB013", f"{disk.room.mb} MB", path=disk.path, need=need)
        inodes = needing.inodes(machine)
        if disk.room.inodes is not None and disk.room.inodes < inodes:
            yield LabError("LAB048", str(disk.room.inodes), path=disk.path, need=inodes)


def _memory(machine: Machine, parts: list[NeedsPart]) -> Iterator[LabError]:
    in_memory = needing.disk_mb(parts, [name for name, disk in machine.disks.items() if disk.kind == "tmpfs"])
    need, have = needing.memory_mb(parts) + in_memory, machine.memory_mb + machine.swap_mb
    if have < need:
        words = Text(
            "；".join(f"{part.name.zh} {part.memory_mb}" for part in parts),
            "; ".join(f"{part.name.en} {part.memory_mb}" for part in parts),
        )
        yield LabError("LAB049", f"{machine.memory_mb} MB + {machine.swap_mb} MB swap", need=need, parts=words)


def _limits(machine: Machine, needs: Needs) -> Iterator[LabError]:
    for key, value in machine.limits.items():
        need, source = LIMITS[key].need(needs), LIMITS[key].source
        if value < need and key == OPEN_FILES:
            yield LabError("LAB059", f"{value}", need=need, source=source)
        elif value < need:
            yield LabError("LAB056", f"{key} = {value}", key=key, need=need, source=source)


def _numbers(version: str) -> tuple[int, int]:
    """The first two numbers of a version; (0, 0) if there are none, which counts as oldest."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
