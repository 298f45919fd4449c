"""Control groups of a place: who runs in them, and removing what an engine leaves behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab.errors import LabError


def hierarchies(mounts: Path = Path("/proc/self/mounts")) -> list[Path]:
    """Mount points of all cgroup file systems of this machine, v1 and v2."""
    rows = (line.split() for line in mounts.read_text().splitlines())
    return [Path(row[1]) for row in rows if row[2] in ("cgroup", "cgroup2")]


def folders(group: str) -> list[Path]:
    """The folders of `/NAME` in every hierarchy where it exists."""
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
