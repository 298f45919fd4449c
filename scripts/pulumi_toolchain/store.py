"""The shared cache: one builder at a time, results are published atomically, a killed build leaves no files."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pulumi_toolchain.errors import ToolchainError
from pulumi_toolchain.texts import elapsed, word

STAGING = "staging-"
SPACE = 3.5e9  # bytes: 1.4 GB of modules, 0.8 GB compiled, 0.1 GB result, measured, plus a reserve


@contextlib.contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Report file system errors inside this block as ENG005."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as trouble:
        raise ToolchainError("ENG005", f"{folder}: {trouble}") from trouble


@contextlib.contextmanager
def alone(folder: Path, say: Callable[[str], None], patience: float = 10) -> Iterator[None]:
    """Hold the cache lock, reporting its holder every `patience` seconds. The kernel frees it when the process ends."""
    with (folder / "lock").open("a+") as lock:
        started, reported = time.monotonic(), 0.0
        while not _locked(lock.fileno()):
            waited = time.monotonic() - started
            if waited >= reported:
                lock.seek(0)
                say(word("waiting", pid=lock.read().strip() or "?", elapsed=elapsed(waited)))
                reported += patience
            time.sleep(0.5)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        for left in folder.glob(STAGING + "*"):
            discard(left)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A new folder on the cache's own file system; removed at the end, also after an error."""
    stage = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    try:
        yield stage
    finally:
        discard(stage)


def mind_space(folder: Path, say: Callable[[str], None]) -> None:
    """Warn if the disk may be too small, before a build of several minutes starts."""
    free = shutil.disk_usage(folder).free
    if free < SPACE:
        say(word("little-space", path=folder, free=free / 1e9, need=SPACE / 1e9))


def publish(result: Path, target: Path) -> None:
    """Rename a finished folder to its final path, after its files are on the disk."""
    result.chmod(0o755)  # a temporary folder is private; the result is for every user of the machine
    for path in result.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    result.rename(target)


def discard(folder: Path) -> None:
    """Remove a folder; files that an orphaned compiler still writes into it are removed the next time."""
    shutil.rmtree(folder, ignore_errors=True)
