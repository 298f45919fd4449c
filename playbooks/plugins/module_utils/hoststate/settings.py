"""Kernel settings, read from /proc/sys. If hosts cannot set them, they are set when the host is created."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .changes import Run, StateError, must

ROOT = Path("/proc/sys")


def settings(run: Run, state: Mapping[str, Any] | None) -> None:
    """Sets the settings that differ. The role writes them to /etc/sysctl.d, too, for the next boot."""
    if state is None:
        return
    differing = {key: value for key, value in state["values"].items() if _now(key) != str(value)}
    if differing and not state["may_set"]:
        found = ", ".join(f"{key} = {_now(key)}" for key in differing)
        expected = ", ".join(f"{key} = {value}" for key, value in differing.items())
        raise StateError(
            "kernel settings", found, expected, "hosts of this site get them at creation; create the host again"
        )
    for key, value in differing.items():
        run.change(f"setting {key}", partial(_set, key, value), _now(key), str(value))


def _now(key: str) -> str:
    try:
        return (ROOT / key.replace(".", "/")).read_text().strip()
    except OSError as absent:
        raise StateError(f"setting {key}", str(absent), "a setting of this kernel", "correct the role") from absent


def _set(key: str, value: Any) -> None:
    must(
        ["sysctl", "-qw", f"{key}={value}"], f"setting {key}", "check whether root may write to /proc/sys on this host"
    )
