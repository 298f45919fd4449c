"""Free disk space, checked before work that a full disk would break half-way."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.errors import LabError

MB = 1024 * 1024


def free(folder: Path) -> int:
    """Free megabytes where `folder` is or will be."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free // MB


def require(folder: Path, need: int) -> None:
    """LAB013 unless `need` megabytes are free."""
    if (left := free(folder)) < need:
        raise LabError("LAB013", f"{left} MB", path=folder, need=need)
