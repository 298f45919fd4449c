"""Folders and files: all are judged by their validators before the first one is placed; each is placed whole or not."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .changes import PATH, Run, StateError, command
from .guard import Guard

SHOWN = 64 * 1024  # longer texts are told without a diff


@dataclass(frozen=True)
class Entry:
    """A file or a folder as it has to be."""

    path: Path
    mode: int
    uid: int
    gid: int

    def differs(self, found: os.stat_result) -> bool:
        return (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) != (self.mode, self.uid, self.gid)

    def apply(self) -> None:
        os.chown(self.path, self.uid, self.gid, follow_symlinks=False)
        self.path.chmod(self.mode)

    def words(self) -> str:
        return _words(self.mode, self.uid, self.gid)


def directories(run: Run, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Folders with mode and owner; where `only` is given, files with other names in it are removed."""
    for item in wanted:
        entry = _entry(run, item)
        found = _lstat(entry.path)
        if found is None:
            run.change(f"folder {entry.path}", partial(_make, entry), after=entry.words())
            continue
        if not stat.S_ISDIR(found.st_mode):
            raise StateError(entry.path, "not a folder", "a folder", "move away what stands there")
        if entry.differs(found):
            run.change(f"folder {entry.path}", entry.apply, _found_words(found), entry.words())
        if item["only"] is not None:
            absent(run, [str(path) for path in sorted(entry.path.iterdir()) if path.name not in item["only"]])


def absent(run: Run, paths: Sequence[str]) -> None:
    for path in map(Path, paths):
        if _lstat(path) is not None:
            run.change(f"{path} removed", partial(_remove, path), before=f"{path}\n", touches=[path])


@dataclass(frozen=True)
class Differing:
    """A file whose content is not what it has to be; `old` is None where there is no regular file."""

    entry: Entry
    new: bytes
    old: bytes | None
    item: Mapping[str, Any]


def files(run: Run, wanted: Sequence[Mapping[str, Any]], guard: Guard) -> None:
    """Writes the files that differ. Nothing is placed unless every validator of them agrees."""
    differing = [entry for entry in (_compare(run, item) for item in wanted) if entry is not None]
    for one in differing:
        validate(run, one.entry.path, one.new, one.item["validate"])
    for one in differing:
        if one.item["guarded"]:
            guard.file(one.entry.path)
        before, after = ("", "") if one.item["secret"] else (_text(one.old), _text(one.new))
        run.change(
            f"file {one.entry.path}", partial(place, one.entry, one.new), before, after, touches=[one.entry.path]
        )


def _compare(run: Run, item: Mapping[str, Any]) -> Differing | None:
    """What differs in content; a difference of mode or owner alone is mended here."""
    entry, new = _entry(run, item), item["content"].encode()
    run.planned[str(entry.path)] = new
    found = _lstat(entry.path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise StateError(entry.path, "a folder", "a file", "move away what stands there")
    old = entry.path.read_bytes() if found is not None and stat.S_ISREG(found.st_mode) else None
    if old != new:
        return Differing(entry, new, old, item)
    if found is not None and entry.differs(found):
        run.change(f"file {entry.path}", entry.apply, _found_words(found), entry.words(), touches=[entry.path])
    return None


def validate(run: Run, path: Path, content: bytes, how: Mapping[str, Any] | None) -> None:
    """Lets the program that will read the file judge it under its own name, in a folder that nobody else can see."""
    if how is None:
        return
    unmade = [need for need in how["needs"] if not Path(need).exists()]
    if run.check and (unmade or shutil.which(how["command"][0], path=PATH) is None):
        return  # what it leans on is made by this very run, and only looking makes nothing
    with tempfile.TemporaryDirectory(prefix="lantu-") as folder:
        trial = Path(folder) / path.name
        trial.write_bytes(content)
        argv = [word.replace("%s", str(trial)) for word in how["command"]]
        done = command(argv)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no word").replace(str(trial), str(path))[-1500:]
        found = f"{argv[0]} says: {said}"
        raise StateError(path, found, "a file that it accepts", "mend the template or the blueprint")


def place(entry: Entry, content: bytes) -> None:
    """Writes beside the file and renames over it, so that a reader sees the old or the new one and never a part.

    A file that is a mount point (an engine's own /etc/hosts) can only be written in place.
    """
    beside = entry.path.with_name(f".{entry.path.name}.lantu")  # one fixed name: a killed run's is written over
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chown(beside, entry.uid, entry.gid)
        beside.chmod(entry.mode)
        beside.rename(entry.path)
    except OSError as busy:
        beside.unlink()
        if busy.errno != errno.EBUSY:
            raise
        with entry.path.open("r+b") as file:
            file.truncate()
            file.write(content)
        entry.apply()


def _entry(run: Run, item: Mapping[str, Any]) -> Entry:
    path, mode = Path(item["path"]), int(item["mode"], 8)
    try:
        return Entry(path, mode, pwd.getpwnam(item["owner"]).pw_uid, grp.getgrnam(item["group"]).gr_gid)
    except KeyError as unknown:
        if run.check:
            return Entry(path, mode, -1, -1)  # a package makes them, and only looking installs none
        found = f"no account {item['owner']} or no group {item['group']}"
        raise StateError(path, found, "both", "add the package that makes them") from unknown


def _make(entry: Entry) -> None:
    entry.path.mkdir(parents=True, exist_ok=True)
    entry.apply()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _text(content: bytes | None) -> str:
    if content is None:
        return ""
    return content.decode(errors="replace") if len(content) <= SHOWN else f"({len(content)} bytes)\n"


def _words(mode: int, uid: int, gid: int) -> str:
    return f"mode {mode:04o} owner {uid}:{gid}\n"


def _found_words(found: os.stat_result) -> str:
    return _words(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)
