"""The processes of a location, found by their command line and control group, never by a pid file alone:
after a crash, a pid file can name an unrelated process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab import cgroups
from lab.paths import LabLocation

PROC = Path("/proc")
LAUNCH = ("systemd-run", "sh", "setsid", "nsenter", "dockerd")  # programs of an engine's process, in order
PARTS = ("dockerd", "containerd")  # an engine and its shims; an editor with a lab file open does not match


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.argv[0]).name


def scan() -> Iterator[Process]:
    """Every process of the machine that has a command line."""
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (argv := command_line(int(folder.name))):
            yield Process(int(folder.name), argv)


def command_line(pid: int) -> tuple[str, ...]:
    """The command line; empty for a kernel thread, a zombie or a process that has ended."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(part.decode(errors="replace") for part in raw.split(b"\0")[:-1])


def engine_of(location: LabLocation) -> Process | None:
    """The dockerd of this location, even while nsenter is starting it."""
    mark = ("--data-root", str(location.data_root))
    for process in scan():
        if process.program in LAUNCH and mark in zip(process.argv, process.argv[1:], strict=False):
            return process
    return None


def of_location(location: LabLocation) -> list[Process]:
    """dockerd, its containerd and shims (their arguments name the run folder), and all processes in containers."""
    own = str(location.exec_root) + "/"
    engine = engine_of(location)
    contained = set(cgroups.pids(location.cgroup))
    return [
        process
        for process in scan()
        if process.pid in contained
        or process == engine
        or (process.program.startswith(PARTS) and any(own in part for part in process.argv))
    ]


def of_pulumi(home: Path) -> list[Process]:
    """Processes that a Pulumi with its home below this folder started; plugins outlive a killed Pulumi."""
    mark = f"PULUMI_HOME={home}/".encode()
    return [process for process in scan() if mark in _environment(process.pid)]


def _environment(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def network_namespace(pid: int) -> int | None:
    """Inode of a process's network namespace."""
    try:
        return (PROC / str(pid) / "ns/net").stat().st_ino
    except (FileNotFoundError, ProcessLookupError):
        return None


def tell(process: Process, number: signal.Signals) -> None:
    """Signal exactly this process: the pid descriptor is opened first, so a reused pid is never signalled."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if command_line(process.pid) == process.argv:
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def gone(processes: Iterable[Process], seconds: float) -> bool:
    """Wait until all of them have ended; False on timeout."""
    deadline = time.monotonic() + seconds
    waiting = list(processes)
    while waiting := [process for process in waiting if command_line(process.pid) == process.argv]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
