"""Mounts below a folder, and removing a folder without ever reaching through a mount."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab.commands import attempt, tail
from lab.errors import LabError


def below(folder: Path, table: Path = Path("/proc/self/mountinfo")) -> list[Path]:
    """Mount points at or below `folder`, in the order they were mounted."""
    points = (Path(_plain(line.split()[4])) for line in table.read_text().splitlines())
    return [point for point in points if point == folder or folder in point.parents]


def _plain(field: str) -> str:
    """mountinfo writes blanks and the like as octal, `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), field)


def clear(folder: Path) -> None:
    """Unmount everything at or below `folder`, last mount first; LAB012 if one is busy."""
    for point in reversed(below(folder)):
        done = attempt(["umount", str(point)])
        if done.returncode != 0 and point in below(folder):
            raise LabError("LAB012", tail(done.stderr), what=point)


def remove(folder: Path) -> None:
    """Remove a folder with all it holds, once nothing is mounted in it."""
    clear(folder)
    if folder.exists():
        shutil.rmtree(folder)
