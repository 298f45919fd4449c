"""systemd units: on, running, and never older than the files that they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .changes import Run, StateError, command, must
from .guard import Guard

PROPERTIES = "LoadState,ActiveState,UnitFileState,NeedDaemonReload,StateChangeTimestamp,ActiveEnterTimestamp"
UNIT_FOLDERS = ("/etc/systemd/system/", "/usr/local/lib/systemd/system/")


def units(run: Run, wanted: Sequence[Mapping[str, Any]], guard: Guard) -> None:
    """Masks, enables, starts; reloads or restarts what began before its files last changed.

    No memory of what this run wrote is needed for that, so a run that failed half-way is made good by the next.
    """
    if not wanted:
        return
    shown = _show([item["name"] for item in wanted])
    written = [path for path in run.touched if path.startswith(UNIT_FOLDERS)]
    if not run.check and (written or any(entry["NeedDaemonReload"] == "yes" for entry in shown)):
        must(["systemctl", "daemon-reload"], "systemd", "see journalctl -b")
        shown = _show([item["name"] for item in wanted])
    for item, found in zip(wanted, shown, strict=True):
        _unit(run, item, found, guard)


def _unit(run: Run, item: Mapping[str, Any], found: Mapping[str, str], guard: Guard) -> None:
    name = item["name"]
    if item["masked"]:
        if found["LoadState"] != "masked":
            run.change(f"unit {name} masked", lambda: _do("mask", name), found["UnitFileState"] + "\n", "masked\n")
        return
    if item["enabled"] and found["UnitFileState"] not in ("enabled", "static", "generated", "alias"):
        run.change(f"unit {name} enabled", lambda: _do("enable", name), found["UnitFileState"] + "\n", "enabled\n")
    if not item["running"]:
        return
    if found["ActiveState"] not in ("active", "reloading", "activating"):
        run.change(f"unit {name} started", lambda: _do("start", name), found["ActiveState"] + "\n", "active\n")
    elif _outdated(run, item, found):
        verb = "reload" if item["reload"] else "restart"
        guard.unit(name)
        run.change(f"unit {name} {verb}ed", lambda: _do(verb, name), "older than its files\n", "as its files say\n")


def _outdated(run: Run, item: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    """A reload shows in the time of the last change of state, a restart in that of the last entry into `active`."""
    if run.touched.intersection(item["files"]):
        return True
    since = _time(found["StateChangeTimestamp" if item["reload"] else "ActiveEnterTimestamp"])
    return any(path.stat().st_ctime > since for path in map(Path, item["files"]) if path.exists())


def _show(names: Sequence[str]) -> list[dict[str, str]]:
    text = must(
        ["systemctl", "show", "--timestamp=us+utc", f"--property={PROPERTIES}", *names], "systemd", "is it running?"
    )
    blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    if len(blocks) != len(names):
        raise StateError("systemctl show", f"{len(blocks)} answers", f"{len(names)} answers", "look at the host")
    return blocks


def _time(text: str) -> float:
    """`Sun 2026-11-22 07:43:10.123456 UTC` as seconds; a unit that never changed its state counts as oldest."""
    if not text:
        return 0.0
    _, day, clock, _ = text.split()
    when = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S.%f")
    return when.replace(tzinfo=UTC).timestamp()


def _do(verb: str, name: str) -> None:
    done = command(["systemctl", verb, name], seconds=120)
    state = command(["systemctl", "is-active", name]).stdout.strip()
    if done.returncode or (verb in ("start", "restart", "reload") and state not in ("active", "reloading")):
        log = command(["journalctl", "--unit", name, "--lines", "10", "--no-pager", "--output", "cat"]).stdout
        said = (done.stderr.strip() + "\n" + log).strip()[-1500:]
        found = f"{verb}: {state or 'no state'}: {said}"
        raise StateError(f"unit {name}", found, "active", f"see journalctl -u {name}")
