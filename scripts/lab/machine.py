"""Is this machine fit for a lab? Reads only; says what is missing, what was never tried, and what cannot work."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab import disk, rules
from lab.commands import attempt, run, search_path, tail
from lab.errors import LabError, Text
from lab.paths import state_root

TOOLS = {  # what the lab calls, and the Debian package that brings it
    "apt-get": "apt", "containerd": "containerd", "dockerd": "docker.io", "dpkg-deb": "dpkg", "ip": "iproute2",
    "iptables": "iptables", "mmdebstrap": "mmdebstrap", "mount": "mount", "nft": "nftables", "nsenter": "util-linux",
    "runc": "runc", "setpriv": "util-linux", "setsid": "util-linux", "ssh": "openssh-client",
    "ssh-keygen": "openssh-client", "sysctl": "procps", "tar": "tar", "unshare": "util-linux",
}
TRIED = ("debian", "12", "x86_64", "v1")  # distribution, version, architecture, control groups
TRIED_ENGINE = "20.10"
ROOM_MB = 6000  # images, their cache, two engines and the hosts of the worked example
MEMORY_MB = 8192


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found. `cgroups`: `v1` (also beside v2), `v2` alone, or `none`; `engine`: dockerd's version, empty where
    there is none; `missing`: tools that are not there."""

    user: int
    distribution: str
    version: str
    architecture: str
    cgroups: str
    memory_mb: int
    free_mb: int
    engine: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`untested`: told before anything is done. `packages`: apt can bring them. `refused`: no lab here."""

    untested: tuple[Text, ...]
    packages: tuple[str, ...]
    refused: tuple[LabError, ...]


def look(root: Path = Path("/")) -> Machine:
    """Read what this machine is (files below `root`, tools on PATH)."""
    release = dict(line.split("=", 1) for line in _read(root / "etc/os-release").splitlines() if "=" in line)
    memory = dict(line.split(":", 1) for line in _read(root / "proc/meminfo").splitlines()).get("MemTotal", "0 kB")
    return Machine(
        user=os.geteuid(), architecture=platform.machine(), cgroups=_cgroups(_read(root / "proc/self/mounts")),
        distribution=release.get("ID", "?").strip('"'), version=release.get("VERSION_ID", "?").strip('"'),
        memory_mb=int(memory.split()[0]) // 1024, free_mb=disk.free(state_root()),
        missing=tuple(tool for tool in TOOLS if not _there(tool)), engine=_engine(),
    )


def _there(tool: str) -> bool:
    return shutil.which(tool, path=search_path()) is not None


def _engine() -> str:
    """For example 20.10.24+dfsg1."""
    found = re.search(r"version (\S+?),", run(["dockerd", "--version"])) if _there("dockerd") else None
    return found.group(1) if found else ""


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _cgroups(mounts: str) -> str:
    kinds = {line.split()[2] for line in mounts.splitlines()}
    return "v1" if "cgroup" in kinds else "v2" if "cgroup2" in kinds else "none"


def judge(machine: Machine) -> Verdict:
    """What follows from it."""
    packages = sorted({TOOLS[tool] for tool in machine.missing})
    return Verdict(tuple(_untested(machine)), tuple(packages), tuple(_refused(machine)))


def _untested(machine: Machine) -> Iterator[Text]:
    found = (machine.distribution, machine.version, machine.architecture, machine.cgroups)
    if found != TRIED:
        yield Text(f"本机（{'、'.join(found)}）未经试验；试验过的是 {'、'.join(TRIED)}",
                   f"this machine ({', '.join(found)}) was never tried; tried was {', '.join(TRIED)}")
    if machine.engine and not machine.engine.startswith(TRIED_ENGINE):
        yield Text(f"Docker 引擎 {machine.engine} 未经试验；试验过的是 {TRIED_ENGINE}",
                   f"the Docker engine {machine.engine} was never tried; tried was {TRIED_ENGINE}")
    if machine.memory_mb < MEMORY_MB:
        yield Text(f"本机内存 {machine.memory_mb} MB；整个实验环境按 {MEMORY_MB} MB 设计",
                   f"this machine has {machine.memory_mb} MB of memory; the whole lab is planned for {MEMORY_MB} MB")


def _refused(machine: Machine) -> Iterator[LabError]:
    if machine.user != 0:
        yield LabError("LAB001", f"user id {machine.user}")
    if machine.free_mb < ROOM_MB:
        yield LabError("LAB013", f"{machine.free_mb} MB", path=state_root(), need=ROOM_MB)
    if machine.cgroups == "none":
        yield LabError("LAB006", "/proc/self/mounts: no cgroup file system", ability=Text("控制组", "control groups"),
                       command="grep cgroup /proc/self/mounts")
    if "apt-get" in machine.missing:
        yield LabError("LAB004", "apt-get: not found", tool="apt-get", package="apt")


def unable() -> list[LabError]:
    """What the kernel cannot do, tried in throw-away namespaces; needs the tools and root."""
    links = "ip link add name b0 type bridge && ip link add name v0 type veth peer name v1 && ip link set v0 master b0"
    network = Text("网络命名空间、网桥、veth", "network namespaces, bridges, veth")
    tables = Text("nftables 的 inet 与 bridge 表", "nftables tables of inet and bridge")
    return [refusal for refusal in (
        _try(network, ["unshare", "--net", "sh", "-c", links]),
        _try(tables, ["unshare", "--net", "nft", "-f", "-"], rules.engine_tables()),
        _overlay(),
    ) if refusal]


def _overlay() -> LabError | None:
    """Layers of images need overlayfs, on the very disk where they will lie."""
    there = next(path for path in (state_root(), *state_root().parents) if path.exists())
    with tempfile.TemporaryDirectory(dir=there, prefix=".lantu-") as folder:
        layers = "lowerdir=lower,upperdir=upper,workdir=work"
        script = f"cd {folder} && mkdir lower upper work all && mount -t overlay overlay -o {layers} all"
        return _try(Text("overlayfs", "overlayfs"), ["unshare", "--mount", "sh", "-c", script])


def _try(ability: Text, argv: list[str], stdin: str = "") -> LabError | None:
    done = attempt(argv, stdin=stdin)
    if done.returncode == 0:
        return None
    return LabError("LAB006", tail(done.stderr), ability=ability, command=" ".join(argv))
