"""Bringing a clone of this checkout into a machine."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.machines import places
from tests.machines.machine import VirtualMachine


def put(machine: VirtualMachine, user: str = "root", *, source: Path = places.ROOT, uncommitted: bool = False) -> str:
    """A clone of the commit that is checked out in `source`, in the user's home; returns its folder.

    `uncommitted`: with what was changed since, deletions aside.
    """
    target = "/root/lantu" if user == "root" else f"/home/{user}/lantu"
    with tempfile.TemporaryDirectory(prefix="lantu-clone-") as folder:
        clone = Path(folder) / "lantu"
        _git("clone", "--quiet", "--no-hardlinks", str(source), str(clone))
        _git("-C", str(clone), "remote", "remove", "origin")
        if uncommitted:
            _changed(source, clone)
        machine.put(clone, target, user)
    return target


def _changed(checkout: Path, clone: Path) -> None:
    listed = _git("-C", str(checkout), "ls-files", "-z", "--modified", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source = checkout / name
        if source.exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes(source.read_bytes())
            (clone / name).chmod(source.stat().st_mode)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=300).stdout
