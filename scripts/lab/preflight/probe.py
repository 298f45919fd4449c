"""Facts that the preflight reads besides files: the only part that a recorded machine replaces."""

from __future__ import annotations

import os
import platform
import shutil
import struct
from pathlib import Path
from typing import NamedTuple, Protocol

from lab.commands import run, search_path
from lab.disk import MB
from lab.paths import cache_root, run_root, state_root


class Room(NamedTuple):
    """Free megabytes and free inodes of a file system; `inodes` is None if it has no inode count (btrfs)."""

    mb: int
    inodes: int | None


class Folders(NamedTuple):
    """A lab's folders: state, run (cleared by a reboot) and the cache that labs share. Symbolic links are resolved."""

    state: str
    run: str
    cache: str


class MachineProbe(Protocol):
    """Facts that are not in files under a root directory."""

    @property
    def user(self) -> int:
        """The effective user id."""

    @property
    def architecture(self) -> str:
        """The kernel's architecture, for example x86_64."""

    @property
    def bits(self) -> int:
        """Pointer width of this userland."""

    @property
    def cpus(self) -> int:
        """The number of processors that this process may use."""

    @property
    def folders(self) -> Folders: ...

    def tool(self, name: str) -> str:
        """The file of a tool in PATH or in root's folders, with links resolved; empty if there is none."""

    def owner(self, path: str) -> int:
        """The user id that owns a file."""

    def version(self, tool: str) -> str:
        """The output of `TOOL --version`; LAB007 if it fails."""

    def room(self, folder: str) -> Room:
        """Free space on the file system of a folder, which need not exist yet."""


class Live:
    """The probe of this machine."""

    @property
    def user(self) -> int:
        return os.geteuid()

    @property
    def architecture(self) -> str:
        return platform.machine()

    @property
    def bits(self) -> int:
        return struct.calcsize("P") * 8

    @property
    def cpus(self) -> int:
        return len(os.sched_getaffinity(0))

    @property
    def folders(self) -> Folders:
        return Folders(*(str(folder.resolve()) for folder in (state_root(), run_root(), cache_root())))

    def tool(self, name: str) -> str:
        file = shutil.which(name, path=search_path())
        return str(Path(file).resolve()) if file else ""

    def owner(self, path: str) -> int:
        return Path(path).stat().st_uid

    def version(self, tool: str) -> str:
        return run([tool, "--version"])

    def room(self, folder: str) -> Room:
        there = next(path for path in (Path(folder), *Path(folder).parents) if path.exists())
        facts = os.statvfs(there)
        return Room(facts.f_bavail * facts.f_frsize // MB, facts.f_favail if facts.f_files else None)
