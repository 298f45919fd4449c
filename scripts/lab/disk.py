"""Free disk space, checked before work that would fail on a full disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.errors import LabError

MB = 1024 * 1024


def free(folder: Path) -> int:
    """Free megabytes on the file system of `folder`, which need not exist yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free // MB


def require(folder: Path, need: int) -> None:
    """LAB013 unless `need` megabytes are free."""
    if (left := free(folder)) < need:
        raise LabError("LAB013", f"{left} MB", path=folder, need=need)
