"""A change that could lock everybody out is undone by a timer, unless a new connection confirms it in time.

The undo lies on disk before the first guarded change is made: neither a killed run nor a reboot leaves such a change
behind. `lantu-guard` (role base) has the other half: `confirm TOKEN` ends the wait, `restore` undoes.
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
    """The undo of one run. It arms itself with the first guarded change; `token` then names it."""

    def __init__(self, run: Run, home: Path = HOME) -> None:
        self.run, self.home = run, home
        self.token = ""
        self.files: list[str] = []
        self.rules: list[str] = []
        self.units: list[str] = []

    def file(self, path: Path) -> None:
        """To be called before a guarded file is changed."""
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
        """To be called before the table is replaced; `loaded` is its text now, empty where there is none."""
        if self.run.check:
            return
        self._ready()
        (self.home / "rules.nft").write_text(f"table {table}\ndelete table {table}\n{loaded}")
        self.rules = ["nft -f rules.nft"]
        self._write()

    def unit(self, name: str) -> None:
        """To be called before a unit reads guarded files anew."""
        if self.token:
            self.units.append(f"systemctl try-reload-or-restart {shlex.quote(name)}")
            self._write()

    def undo_now(self) -> None:
        """After a failure half-way there is nothing to wait for."""
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
        """The whole undo, replaced in one step: old files, then old rules, then the units that read them."""
        beside = self.home / "undo.new"
        with beside.open("w") as file:
            file.write("\n".join(['cd "$(dirname "$0")"', *self.files, *self.rules, *self.units, ""]))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.home / "undo")


def settle(run: Run, home: Path = HOME) -> None:
    """A change that an earlier run left unconfirmed is undone before anything is compared."""
    if home.exists():
        run.change("unconfirmed change of an earlier run undone", _restore)


def _restore() -> None:
    must([PROGRAM, "restore"], "undo of an unconfirmed change", "see journalctl -u lantu-guard")


def _copy(path: Path, to: Path) -> None:
    """With mode, times and owner; a link stays a link."""
    found = path.lstat()
    shutil.copy2(path, to, follow_symlinks=False)
    os.chown(to, found.st_uid, found.st_gid, follow_symlinks=False)
