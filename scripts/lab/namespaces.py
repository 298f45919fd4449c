"""Network namespaces by name, created by `ip netns`, so that the usual tools list them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.commands import attempt, inside, run
from lab.paths import run_root

FOLDER = Path("/run/netns")


def exists(name: str) -> bool:
    """Whether the namespace exists. A plain file left by a killed `ip netns add` does not count."""
    try:
        return (FOLDER / name).stat().st_dev != FOLDER.stat().st_dev
    except FileNotFoundError:
        return False


def ensure(name: str) -> bool:
    """Create the namespace with its loopback up; True if it did not exist."""
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
    """Remove the namespace with its links, routes and rules. Does not fail if it does not exist."""
    if exists(name):
        run(["ip", "netns", "delete", name])
    (FOLDER / name).unlink(missing_ok=True)
    if _mark().exists() and not named(""):
        _unmount()


def _unmount() -> None:
    """Unmount FOLDER. If another run has already unmounted it or uses it for a namespace, leave it."""
    if os.path.ismount(FOLDER) and attempt(["umount", str(FOLDER)]).returncode != 0:
        return
    with suppress(OSError):
        FOLDER.rmdir()
    _mark().unlink(missing_ok=True)
    with suppress(OSError):  # other labs have files there
        _mark().parent.rmdir()


def _mark() -> Path:
    """This file exists if a lab's `ip netns add` created the mount on FOLDER, which the whole machine shares."""
    return run_root() / "netns-mount-made-here"


def named(prefix: str) -> list[str]:
    """Names of all namespaces that start with `prefix`."""
    return sorted(path.name for path in FOLDER.glob(prefix + "*")) if FOLDER.is_dir() else []


def inode(name: str) -> int:
    return (FOLDER / name).stat().st_ino


def sysctl(name: str, values: Mapping[str, int]) -> None:
    """Set network settings (dotted keys) in that namespace only."""
    run(inside(name, "sysctl", "-qw", *(f"{key}={value}" for key, value in values.items())))


def setting(name: str, key: str) -> int | None:
    """A network setting of that namespace; None if this kernel does not have it."""
    done = attempt(inside(name, "sysctl", "-n", key))
    return int(done.stdout) if done.returncode == 0 else None
