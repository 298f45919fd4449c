"""One run at a time: locks that a killed run leaves open, and that leave no file behind."""

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
    """Hold `path` alone; LAB008 if another run does not let go of it in time."""
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
    """The open lock, or None. A file that its last holder removed meanwhile does not count."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == path.stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None
