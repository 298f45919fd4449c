"""A timer undoes changes that could lock out operators, unless a new connection confirms them in time.

The undo script is on disk before the first guarded change, so that neither a killed run nor a reboot leaves such a
change behind. `lantu-guard` (role base) is the counterpart: `confirm TOKEN` keeps the change, `restore` undoes it.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
from pathlib import Path

from .changes import Run, command, must

HOME = Path("/var/lib/lantu/guard")
PROGRAM = "/usr/local/sbin/lantu-guard"
TIMER = "lantu-guard.timer"
REMEDY = f"see systemctl status {TIMER}"


class Guard:
    """The undo of one run. The first guarded change arms the timer and sets `token`."""

    def __init__(self, run: Run, home: Path = HOME) -> None:
        self.run, self.home = run, home
        self.token = ""
        self.files: list[str] = []
        self.rules: list[str] = []
        self.units: list[str] = []

    def file(self, path: Path) -> None:
        """Call this before a guarded file is changed."""
        if self.run.check:
            return
        self._ready()
        name, saved = shlex.quote(str(path)), f"files/{len(self.files)}"
        if path.is_symlink() or path.exists():
            _copy(path, self.home / saved)
            self.files.append(f"cp -a {saved} {name}.undo && mv {name}.undo {name}")
        else:
            self.files.append(f"rm -f {name}")
        self._write()

    def ruleset(self, table: str, loaded: str) -> None:
        """Call this before the table is replaced; `loaded` is its current text, empty if there is none."""
        if self.run.check:
            return
        self._ready()
        (self.home / "rules.nft").write_text(f"table {table}\ndelete table {table}\n{loaded}")
        self.rules = ["nft -f rules.nft"]
        self._write()

    def unit(self, name: str) -> None:
        """Call this before a unit reads guarded files again."""
        if self.token:
            self.units.append(f"systemctl try-reload-or-restart {shlex.quote(name)}")
            self._write()

    def undo_now(self) -> None:
        """Undoes the changes at once, after a failed run."""
        if self.token:
            command([PROGRAM, "restore"])

    def _ready(self) -> None:
        if self.token:
            return
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(mode=0o700)
        (self.home / "files").mkdir()
        self.token = secrets.token_hex(8)
        (self.home / "token").write_text(self.token)
        self._write()
        must(["systemctl", "daemon-reload"], "the guard's timer", REMEDY)
        must(["systemctl", "restart", TIMER], "the guard's timer", REMEDY)

    def _write(self) -> None:
        """Replaces the undo script atomically: old files, then old rules, then the units that read them."""
        draft = self.home / "undo.new"
        with draft.open("w") as file:
            file.write("\n".join(['cd "$(dirname "$0")"', *self.files, *self.rules, *self.units, ""]))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.home / "undo")


def settle(run: Run, home: Path = HOME) -> None:
    """Undoes an unconfirmed change of an earlier run before anything is compared."""
    if home.exists():
        run.change("unconfirmed change of an earlier run undone", _restore)


def _restore() -> None:
    must([PROGRAM, "restore"], "undo of an unconfirmed change", "see journalctl -u lantu-guard")


def _copy(path: Path, to: Path) -> None:
    """Copies with mode, times and owner; a link stays a link."""
    found = path.lstat()
    shutil.copy2(path, to, follow_symlinks=False)
    os.chown(to, found.st_uid, found.st_gid, follow_symlinks=False)
