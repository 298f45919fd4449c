"""Read a machine: files below a root directory, and the probe's facts. Changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from lab.errors import LabError
from lab.images import recipe, sources
from lab.preflight import around, kernel, mounts
from lab.preflight.files import Files
from lab.preflight.limits import LIMITS, OPEN_FILES
from lab.preflight.machine import Disk, InstalledEngine, Machine, OperatingSystem
from lab.preflight.probe import Live, MachineProbe

TOOLS = {  # tools that the lab calls, and their Debian packages
    "apt-get": "apt",
    "containerd": "containerd",
    "dockerd": "docker.io",
    "dpkg-deb": "dpkg",
    "ip": "iproute2",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "runc": "runc",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sysctl": "procps",
    "tar": "tar",
    "unshare": "util-linux",
}
APPARMOR_TOOLS = {"apparmor_parser": "apparmor"}  # engines load docker-default with it if AppArmor is enabled
CONFLICTS = ("podman-docker", "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "containerd.io")
INSTALLED = re.compile(r"^Package: (\S+)\nStatus: install ok installed$", re.MULTILINE)


def read(root: Path = Path("/"), probe: MachineProbe | None = None) -> Machine:
    """Read this machine; with a root directory and a probe, a recorded machine."""
    files, probe = Files(root), probe or Live()
    mounted, security = mounts.read(files), kernel.security(files)
    release = files.text("proc/sys/kernel/osrelease").strip()
    memory = files.fields("proc/meminfo", ":")
    tools = TOOLS | (APPARMOR_TOOLS if security.apparmor else {})
    cache = probe.folders.cache
    return Machine(
        system=_system(files, release, probe),
        rights=kernel.rights(files, probe.user),
        security=security,
        cgroups=kernel.cgroups(files, mounted),
        kernel=kernel.kernel(files, release),
        engine=_engine(files, probe),
        memory_mb=_megabytes(memory.get("MemTotal", "")),
        swap_mb=_megabytes(memory.get("SwapTotal", "")),
        cpus=probe.cpus,
        kvm=around.kvm(files),
        disks=_disks(probe, mounted),
        limits=_limits(files),
        missing=tuple(tool for tool in tools if not probe.tool(tool)),
        left_alone=around.left_alone(files, probe.folders),
        routes=around.routes(files),
        images=frozenset(name.rpartition("-")[0] for name in files.names(f"{cache}/images/*-*")),
        toolchain=bool(probe.tool("pulumi")) or files.matches(f"{cache}/engine/*/bin/pulumi"),
        debian=_debian(root),
        unreadable=tuple(files.unreadable),
    )


def _system(files: Files, release: str, probe: MachineProbe) -> OperatingSystem:
    names = files.fields("etc/os-release", "=")
    return OperatingSystem(
        distribution=names.get("ID", "?"),
        version=names.get("VERSION_ID", "?"),
        architecture=probe.architecture,
        bits=probe.bits,
        kernel=release,
        container=around.container(files),
        not_linux=around.not_linux(release, files.text("proc/version")),
        wsl="microsoft" in release.lower(),
    )


def _megabytes(text: str) -> int:
    """Megabytes of a line of /proc/meminfo such as `16384000 kB`; 0 if it is missing, too little for any lab."""
    return int(text.split()[0]) // 1024 if text else 0


def _engine(files: Files, probe: MachineProbe) -> InstalledEngine:
    path = probe.tool("dockerd")
    snap = path.startswith(("/snap/", "/var/lib/snapd/")) or path == "/usr/bin/snap"  # the link target of snap commands
    version, broken = _version(probe) if path and not snap else ("", "")
    installed = set(INSTALLED.findall(files.text("var/lib/dpkg/status")))
    return InstalledEngine(
        version=version,
        broken=broken,
        path=path,
        owner=probe.owner(path) if path else 0,
        snap=snap or files.exists("snap/docker/current"),
        conflicts=tuple(name for name in CONFLICTS if name in installed),
    )


def _version(probe: MachineProbe) -> tuple[str, str]:
    """The version of dockerd, for example 20.10.24+dfsg1, and the reason if it is unknown; one of the two is empty."""
    try:
        words = probe.version("dockerd")
    except LabError as failed:
        return "", failed.found
    answer = re.search(r"version (\S+?),", words)
    return (answer.group(1), "") if answer else ("", f"dockerd --version: {words.strip() or 'nothing'}")


def _disks(probe: MachineProbe, mounted: list[mounts.MountEntry]) -> dict[str, Disk]:
    disks = {}
    for name, path in {**probe.folders._asdict(), "packages": "/usr"}.items():
        mount = mounts.holding(path, mounted)
        disks[name] = Disk(path, mount.point, mount.kind, mount.options, probe.room(path))
    return disks


def _limits(files: Files) -> dict[str, int]:
    """The settings that this kernel has; a missing setting does not limit."""
    values = {key: kernel.setting(files, key) for key in LIMITS}
    row = re.search(r"^Max open files\s+\S+\s+(\d+)", files.text("proc/self/limits"), re.MULTILINE)
    return {key: value for key, value in values.items() if value is not None} | (
        {OPEN_FILES: int(row.group(1))} if row else {}
    )


def _debian(root: Path) -> str:
    """The reason why no package source fits the host images, for every release; empty if one fits."""
    try:
        sources.debian_sources(recipe.SUITES[recipe.FIRST], root / "etc/apt")
    except LabError as missing:
        return missing.found
    except OSError as unreadable:
        return str(unreadable)
    return ""
