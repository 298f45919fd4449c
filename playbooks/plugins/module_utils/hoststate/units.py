"""systemd units: enabled, running, and not older than the files that they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .changes import Run, StateError, command, must
from .guard import Guard

PROPERTIES = "LoadState,ActiveState,UnitFileState,NeedDaemonReload,StateChangeTimestamp,ActiveEnterTimestamp"
UNIT_FOLDERS = ("/etc/systemd/system/", "/usr/local/lib/systemd/system/")


def units(run: Run, units_of_role: Sequence[Mapping[str, Any]], guard: Guard) -> None:
    """Masks, enables and starts units; reloads or restarts units that are older than their files.

    The decision does not depend on what this run wrote, so the next run completes a failed one.
    """
    if not units_of_role:
        return
    states = _show([item["name"] for item in units_of_role])
    written = [path for path in run.touched if path.startswith(UNIT_FOLDERS)]
    if not run.check and (written or any(entry["NeedDaemonReload"] == "yes" for entry in states)):
        must(["systemctl", "daemon-reload"], "systemd", "see journalctl -b")
        states = _show([item["name"] for item in units_of_role])
    for item, state in zip(units_of_role, states, strict=True):
        _unit(run, item, state, guard)


def _unit(run: Run, item: Mapping[str, Any], state: Mapping[str, str], guard: Guard) -> None:
    name = item["name"]
    if item["masked"]:
        if state["LoadState"] != "masked":
            run.change(f"unit {name} masked", lambda: _do("mask", name), state["UnitFileState"] + "\n", "masked\n")
        return
    if item["enabled"] and state["UnitFileState"] not in ("enabled", "static", "generated", "alias"):
        run.change(f"unit {name} enabled", lambda: _do("enable", name), state["UnitFileState"] + "\n", "enabled\n")
    if not item["running"]:
        return
    if state["ActiveState"] not in ("active", "reloading", "activating"):
        run.change(f"unit {name} started", lambda: _do("start", name), state["ActiveState"] + "\n", "active\n")
    elif _outdated(run, item, state):
        verb = "reload" if item["reload"] else "restart"
        guard.unit(name)
        run.change(f"unit {name} {verb}ed", lambda: _do(verb, name), "older than its files\n", "as its files say\n")


def _outdated(run: Run, item: Mapping[str, Any], state: Mapping[str, str]) -> bool:
    """A reload changes StateChangeTimestamp, a restart ActiveEnterTimestamp."""
    if run.touched.intersection(item["files"]):
        return True
    since = _time(state["StateChangeTimestamp" if item["reload"] else "ActiveEnterTimestamp"])
    return any(path.stat().st_ctime > since for path in map(Path, item["files"]) if path.exists())


def _show(names: Sequence[str]) -> list[dict[str, str]]:
    text = must(
        ["systemctl", "show", "--timestamp=us+utc", f"--property={PROPERTIES}", *names],
        "systemd",
        "check that systemd runs",
    )
    blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    if len(blocks) != len(names):
        raise StateError("systemctl show", f"{len(blocks)} answers", f"{len(names)} answers", "check the host")
    return blocks


def _time(text: str) -> float:
    """`Sun 2026-11-22 07:43:10.123456 UTC` as seconds; 0 for a unit that never changed its state."""
    if not text:
        return 0.0
    _, day, clock, _ = text.split()
    when = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S.%f")
    return when.replace(tzinfo=UTC).timestamp()


def _do(verb: str, name: str) -> None:
    process = command(["systemctl", verb, name], seconds=120)
    state = command(["systemctl", "is-active", name]).stdout.strip()
    if process.returncode or (verb in ("start", "restart", "reload") and state not in ("active", "reloading")):
        log = command(["journalctl", "--unit", name, "--lines", "10", "--no-pager", "--output", "cat"]).stdout
        output = (process.stderr.strip() + "\n" + log).strip()[-1500:]
        found = f"{verb}: {state or 'no state'}: {output}"
        raise StateError(f"unit {name}", found, "active", f"see journalctl -u {name}")
