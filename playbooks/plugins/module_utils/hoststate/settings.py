"""Kernel settings: read from /proc/sys; set only where the site's hosts may, else they were given at creation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .changes import Run, StateError, must

ROOT = Path("/proc/sys")


def settings(run: Run, wanted: Mapping[str, Any] | None) -> None:
    """All that differ are told at once. They survive a reboot by the file that the role writes to /etc/sysctl.d."""
    if wanted is None:
        return
    differing = {key: value for key, value in wanted["values"].items() if _now(key) != str(value)}
    if differing and not wanted["may_set"]:
        found = ", ".join(f"{key} = {_now(key)}" for key in differing)
        expected = ", ".join(f"{key} = {value}" for key, value in differing.items())
        raise StateError("kernel settings", found, expected, "this site's hosts get them when they are created")
    for key, value in differing.items():
        run.change(f"setting {key}", partial(_set, key, value), _now(key), str(value))


def _now(key: str) -> str:
    try:
        return (ROOT / key.replace(".", "/")).read_text().strip()
    except OSError as absent:
        raise StateError(f"setting {key}", str(absent), "a setting of this kernel", "mend the role") from absent


def _set(key: str, value: Any) -> None:
    must(["sysctl", "-qw", f"{key}={value}"], f"setting {key}", "may this host's root write to /proc/sys?")
