"""The mounts in /proc/self/mounts, and the mount of a path."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from lab.preflight.files import Files

ESCAPE = re.compile(r"\\([0-7]{3})")  # the kernel escapes blanks, tabs, newlines and backslashes


class MountEntry(NamedTuple):
    """`kind` is the file system's name, for example ext4 or nfs4."""

    point: str
    kind: str
    options: frozenset[str]


def read(files: Files) -> list[MountEntry]:
    rows = (line.split() for line in files.text("proc/self/mounts").splitlines())
    return [MountEntry(_plain(row[1]), row[2], frozenset(row[3].split(","))) for row in rows if len(row) >= 4]


def holding(path: str, mounts: list[MountEntry]) -> MountEntry:
    """The mount of a path: the longest mount point above it; of several on one point, the last."""
    above = {str(folder) for folder in (PurePosixPath(path), *PurePosixPath(path).parents)}
    fitting = [mount for mount in mounts if mount.point in above]
    unknown = MountEntry("/", "unknown", frozenset())
    return max(reversed(fitting), key=lambda mount: len(mount.point), default=unknown)


def _plain(point: str) -> str:
    return ESCAPE.sub(lambda match: chr(int(match.group(1), 8)), point)
