"""Directories and files. All validators must accept their files before the first file is replaced, atomically."""

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

SHOWN = 64 * 1024  # longer texts have no diff


@dataclass(frozen=True)
class FileEntry:
    """Expected mode and owner of a file or directory."""

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
    """Directories with mode and owner; `only` lists the allowed names, all others are removed."""
    for item in wanted:
        entry = _entry(run, item)
        found = _lstat(entry.path)
        if found is None:
            run.change(f"directory {entry.path}", partial(_make, entry), after=entry.words())
            continue
        if not stat.S_ISDIR(found.st_mode):
            raise StateError(entry.path, "not a directory", "a directory", "move it away")
        if entry.differs(found):
            run.change(f"directory {entry.path}", entry.apply, _found_words(found), entry.words())
        if item["only"] is not None:
            absent(run, [str(path) for path in sorted(entry.path.iterdir()) if path.name not in item["only"]])


def absent(run: Run, paths: Sequence[str]) -> None:
    for path in map(Path, paths):
        if _lstat(path) is not None:
            run.change(f"{path} removed", partial(_remove, path), before=f"{path}\n", touches=[path])


@dataclass(frozen=True)
class Differing:
    """A file with different content; `old` is None if there is no regular file."""

    entry: FileEntry
    new: bytes
    old: bytes | None
    item: Mapping[str, Any]


def files(run: Run, wanted: Sequence[Mapping[str, Any]], guard: Guard) -> None:
    """Writes the files that differ, if all validators accept them."""
    differing = [entry for entry in (_compare(run, item) for item in wanted) if entry is not None]
    for file in differing:
        validate(run, file.entry.path, file.new, file.item["validate"])
    for file in differing:
        if file.item["guarded"]:
            guard.file(file.entry.path)
        before, after = ("", "") if file.item["secret"] else (_text(file.old), _text(file.new))
        run.change(
            f"file {file.entry.path}", partial(place, file.entry, file.new), before, after, touches=[file.entry.path]
        )


def _compare(run: Run, item: Mapping[str, Any]) -> Differing | None:
    """The difference in content; a difference only in mode or owner is corrected at once."""
    entry, new = _entry(run, item), item["content"].encode()
    run.planned[str(entry.path)] = new
    found = _lstat(entry.path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise StateError(entry.path, "a directory", "a file", "move it away")
    old = entry.path.read_bytes() if found is not None and stat.S_ISREG(found.st_mode) else None
    if old != new:
        return Differing(entry, new, old, item)
    if found is not None and entry.differs(found):
        run.change(f"file {entry.path}", entry.apply, _found_words(found), entry.words(), touches=[entry.path])
    return None


def validate(run: Run, path: Path, content: bytes, how: Mapping[str, Any] | None) -> None:
    """Runs the validator on the new file, under its own name in a private directory."""
    if how is None:
        return
    missing = [need for need in how["needs"] if not Path(need).exists()]
    if run.check and (missing or shutil.which(how["command"][0], path=PATH) is None):
        return  # this run would create what the validator needs
    with tempfile.TemporaryDirectory(prefix="lantu-") as folder:
        trial = Path(folder) / path.name
        trial.write_bytes(content)
        argv = [word.replace("%s", str(trial)) for word in how["command"]]
        process = command(argv)
    if process.returncode:
        output = (process.stderr.strip() or process.stdout.strip() or "no output").replace(str(trial), str(path))[
            -1500:
        ]
        found = f"{argv[0]} reports: {output}"
        raise StateError(path, found, "a file that it accepts", "correct the template or the blueprint")


def place(entry: FileEntry, content: bytes) -> None:
    """Writes a draft beside the file and renames it, so that readers see the old or the new file and never a part.

    A file that is a mount point (like /etc/hosts of a container) is written in place.
    """
    draft = entry.path.with_name(
        f".{entry.path.name}.lantu"
    )  # a fixed name, so that a draft of a killed run is overwritten
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chown(draft, entry.uid, entry.gid)
        draft.chmod(entry.mode)
        draft.rename(entry.path)
    except OSError as busy:
        draft.unlink()
        if busy.errno != errno.EBUSY:
            raise
        with entry.path.open("r+b") as file:
            file.truncate()
            file.write(content)
        entry.apply()


def _entry(run: Run, item: Mapping[str, Any]) -> FileEntry:
    path, mode = Path(item["path"]), int(item["mode"], 8)
    try:
        return FileEntry(path, mode, pwd.getpwnam(item["owner"]).pw_uid, grp.getgrnam(item["group"]).gr_gid)
    except KeyError as unknown:
        if run.check:
            return FileEntry(path, mode, -1, -1)  # a package would create them
        found = f"no account {item['owner']} or no group {item['group']}"
        raise StateError(path, found, "both", "add the package that creates them") from unknown


def _make(entry: FileEntry) -> None:
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
