"""Locks for one run at a time: a killed run releases its lock, and no lock file is left."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError


@contextmanager
def held(path: Path, seconds: float = 600) -> Iterator[None]:
    """Hold an exclusive lock on `path`; LAB008 if another run does not release it in time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    while (lock := _try(path)) is None:
        if time.monotonic() > deadline:
            raise LabError("LAB008", f"{path}", what=path, seconds=seconds)
        time.sleep(0.1)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def _try(path: Path) -> int | None:
    """The open lock, or None. A file that its previous holder has removed does not count."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == path.stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None
