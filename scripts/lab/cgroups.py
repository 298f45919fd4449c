"""Control groups of a location: their names, driver and processes, and their removal.

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
    """1 if any controller is on v1 (runc and systemd then use v1), else 2."""
    return 1 if any(line.split()[2] == "cgroup" for line in mounts.read_text().splitlines()) else 2


def driver(mounts: Path = MOUNTS, systemd: Path = SYSTEMD) -> str:
    """`systemd` or `cgroupfs`, the value of dockerd's option native.cgroupdriver."""
    return "systemd" if version(mounts) == 2 and systemd.is_dir() else "cgroupfs"


def parent(group: str) -> str:
    """The value of dockerd's option --cgroup-parent for a group: the name of a slice, otherwise a path."""
    return group.removeprefix("/") if group.endswith(SLICE) else group


def group(namespace: str) -> str:
    """The control group of a location whose namespace is `lantu-LAB-LOCATION`, from the root of each hierarchy."""
    return f"/{namespace.replace('-', '_')}{SLICE}" if driver() == "systemd" else f"/{namespace}"


def named(prefix: str) -> dict[Path, str]:
    """Every group folder of a lab, and its namespace, under both drivers' naming."""
    plain = {folder: folder.name for root in hierarchies() for folder in root.glob(prefix + "*")}
    slices = {
        folder: folder.name.removesuffix(SLICE).replace("_", "-")
        for root in hierarchies()
        for folder in root.glob(f"{prefix.replace('-', '_')}*{SLICE}")
    }
    return plain | slices


def within(group: str, argv: list[str]) -> list[str]:
    """The command line that starts `argv` below the group if systemd manages it, otherwise in the caller's group.

    In the caller's session, the process would count against the session's limits and could end with it.
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
    except OSError:  # removed during the walk
        return []


def remove(group: str, seconds: float = 10) -> None:
    """Remove the group and all below it, depth first; LAB012 if a process still uses it."""
    deadline = time.monotonic() + seconds
    while left := folders(group):
        if group.endswith(SLICE):  # its scopes too; fails if systemd has just unloaded it
            attempt(["systemctl", "stop", parent(group)])
        for folder in left:
            _remove_tree(folder)
        if folders(group) and time.monotonic() > deadline:
            raise LabError("LAB012", f"pids {sorted(set(pids(group)))}", what=left[0])
        time.sleep(0.05)


def _remove_tree(folder: Path) -> None:
    """Remove groups by rmdir, which also removes the kernel's files in them; these cannot be unlinked."""
    for inner, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):  # busy or already removed: the caller retries
            Path(inner).rmdir()
