"""Network namespaces by name, made by `ip netns` so that people find them with the usual tools."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.commands import attempt, inside, run
from lab.paths import run_root

FOLDER = Path("/run/netns")


def exists(name: str) -> bool:
    """True for a living namespace; a file that a killed `ip netns add` left is none."""
    try:
        return (FOLDER / name).stat().st_dev != FOLDER.stat().st_dev
    except FileNotFoundError:
        return False


def ensure(name: str) -> bool:
    """Make the namespace with its loopback up; True if it was not there."""
    if exists(name):
        return False
    (FOLDER / name).unlink(missing_ok=True)
    if not os.path.ismount(FOLDER):
        _mark().parent.mkdir(parents=True, exist_ok=True)
        _mark().touch()
    run(["ip", "netns", "add", name])
    run(["ip", "-n", name, "link", "set", "lo", "up"])
    return True


def remove(name: str) -> None:
    """Remove it with all its links, routes and rules. Never fails for one that is not there."""
    if exists(name):
        run(["ip", "netns", "delete", name])
    (FOLDER / name).unlink(missing_ok=True)
    if _mark().exists() and not named(""):
        _unmount()


def _unmount() -> None:
    """Take back the mount on FOLDER. Other runs may do the same, or make a namespace there: then it is theirs."""
    if os.path.ismount(FOLDER) and attempt(["umount", str(FOLDER)]).returncode != 0:
        return
    with suppress(OSError):
        FOLDER.rmdir()
    _mark().unlink(missing_ok=True)
    with suppress(OSError):  # other labs keep theirs there
        _mark().parent.rmdir()


def _mark() -> Path:
    """Says that the mount on FOLDER, which `ip netns add` makes once for the whole machine, came with a lab."""
    return run_root() / "netns-mount-made-here"


def named(prefix: str) -> list[str]:
    """Names of all namespaces that begin so."""
    return sorted(path.name for path in FOLDER.glob(prefix + "*")) if FOLDER.is_dir() else []


def inode(name: str) -> int:
    return (FOLDER / name).stat().st_ino


def sysctl(name: str, values: Mapping[str, int]) -> None:
    """Set network settings (dotted keys) of that namespace alone."""
    run(inside(name, "sysctl", "-qw", *(f"{key}={value}" for key, value in values.items())))


def setting(name: str, key: str) -> int | None:
    """A network setting of that namespace; None where this kernel has no such setting."""
    done = attempt(inside(name, "sysctl", "-n", key))
    return int(done.stdout) if done.returncode == 0 else None
