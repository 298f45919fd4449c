"""Control groups of a location: their name, their driver, who runs in them, and removing what an engine leaves behind.

On v1 (also beside v2) and on a machine without systemd, engines use the driver `cgroupfs` with the parent `/lantu-LAB-
LOCATION`. On v2 with systemd the tree belongs to systemd: engines use the driver `systemd` with the parent
`lantu_LAB_LOCATION.slice`. Its name has no dash, since a dash would nest it below a slice that all labs share.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab.commands import attempt
from lab.errors import LabError

MOUNTS = Path("/proc/self/mounts")
SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
SLICE = ".slice"


def hierarchies(mounts: Path = MOUNTS) -> list[Path]:
    """Mount points of all cgroup file systems of this machine, v1 and v2."""
    rows = (line.split() for line in mounts.read_text().splitlines())
    return [Path(row[1]) for row in rows if row[2] in ("cgroup", "cgroup2")]


def version(mounts: Path = MOUNTS) -> int:
    """1 where any controller is on v1 (what runc and systemd then use), else 2."""
    return 1 if any(line.split()[2] == "cgroup" for line in mounts.read_text().splitlines()) else 2


def driver(mounts: Path = MOUNTS, systemd: Path = SYSTEMD) -> str:
    """`systemd` or `cgroupfs`, as dockerd's option native.cgroupdriver takes it."""
    return "systemd" if version(mounts) == 2 and systemd.is_dir() else "cgroupfs"


def parent(group: str) -> str:
    """What dockerd's option --cgroup-parent takes for a group: a slice by its name, anything else by its path."""
    return group.removeprefix("/") if group.endswith(SLICE) else group


def group(namespace: str) -> str:
    """The control group of a location whose namespace is `lantu-LAB-LOCATION`, from the root of each hierarchy."""
    return f"/{namespace.replace('-', '_')}{SLICE}" if driver() == "systemd" else f"/{namespace}"


def named(prefix: str) -> dict[Path, str]:
    """Every group folder of a lab, and the namespace it belongs to, by either driver's names."""
    plain = {folder: folder.name for root in hierarchies() for folder in root.glob(prefix + "*")}
    slices = {
        folder: folder.name.removesuffix(SLICE).replace("_", "-")
        for root in hierarchies()
        for folder in root.glob(f"{prefix.replace('-', '_')}*{SLICE}")
    }
    return plain | slices


def within(group: str, argv: list[str]) -> list[str]:
    """The command line that starts `argv` below the group where systemd manages it; elsewhere where the caller is.

    A process in the caller's session would count against that session, and could end with it.
    """
    if not group.endswith(SLICE):
        return argv
    return ["systemd-run", "--scope", "--quiet", "--collect", f"--slice={parent(group)}", *argv]


def folders(group: str) -> list[Path]:
    """The folders of a group in every hierarchy where it exists."""
    found = (root / group.lstrip("/") for root in hierarchies())
    return [folder for folder in found if folder.is_dir()]


def pids(group: str) -> Iterator[int]:
    """Every process in the group or below it."""
    for folder in folders(group):
        for inner, _, files in os.walk(folder):
            if "cgroup.procs" in files:
                yield from _members(Path(inner) / "cgroup.procs")


def _members(file: Path) -> list[int]:
    try:
        return [int(line) for line in file.read_text().split()]
    except OSError:  # removed while we walked
        return []


def remove(group: str, seconds: float = 10) -> None:
    """Remove the group and all below it, depth first; LAB012 if a process keeps it busy."""
    deadline = time.monotonic() + seconds
    while left := folders(group):
        if group.endswith(SLICE):  # its scopes too; fails where systemd has just forgotten it
            attempt(["systemctl", "stop", parent(group)])
        for folder in left:
            _remove_tree(folder)
        if folders(group) and time.monotonic() > deadline:
            raise LabError("LAB012", f"pids {sorted(set(pids(group)))}", what=left[0])
        time.sleep(0.05)


def _remove_tree(folder: Path) -> None:
    """A group folder holds kernel files that cannot be unlinked: rmdir alone takes them along."""
    for inner, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):  # busy, or gone: the caller looks again
            Path(inner).rmdir()
