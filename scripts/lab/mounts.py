"""List and clear mounts below a folder; remove a folder without deleting anything on another mount."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from lab.commands import attempt, tail
from lab.errors import LabError

BUSY_SECONDS = 10
"""A killed process has no command line, but can hold its files for a short time."""


def below(folder: Path, table: Path = Path("/proc/self/mountinfo")) -> list[Path]:
    """Mount points at or below `folder`, in the order they were mounted."""
    points = (Path(_plain(line.split()[4])) for line in table.read_text().splitlines())
    return [point for point in points if point == folder or folder in point.parents]


def _plain(field: str) -> str:
    """Decode a path from mountinfo, which writes blanks and similar characters in octal, `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), field)


def is_disk(folder: Path) -> bool:
    """Whether another file system is mounted at `folder`.

    An engine's own bind mount of the folder onto itself does not count.
    """
    return folder.exists() and folder.stat().st_dev != folder.parent.stat().st_dev


def clear(folder: Path) -> None:
    """Unmount everything at or below `folder`, last mount first; LAB012 if one stays busy. A separate disk stays."""
    deadline = time.monotonic() + BUSY_SECONDS
    for point in reversed(below(folder)):
        if point == folder and is_disk(folder):
            continue
        while (done := attempt(["umount", str(point)])).returncode != 0 and point in below(folder):
            if time.monotonic() > deadline:
                raise LabError("LAB012", tail(done.stderr), what=point)
            time.sleep(0.1)


def remove(folder: Path) -> None:
    """Unmount everything in a folder, empty it, then remove the folder itself unless it is a separate disk."""
    clear(folder)
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if folder.exists() and not is_disk(folder):
        folder.rmdir()
