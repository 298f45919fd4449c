"""Records of updates: if nothing has changed since a stack's last update, Pulumi is not run.

A record beside the state holds a hash of everything that an update depends on. It is written after a successful update
and compared before the next. Resources in the Docker engine are compared separately (see repair.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from inventory.model.blueprint import Blueprint
from lantu.context import ROOT
from lantu.stacks import Stack, write_secret

CODE = ("infra", "inventory", "policies")
"""Folders of the Pulumi program and the policy pack. An update reads nothing else of the checkout."""
SUFFIXES = (".py", ".toml", ".txt", ".tsv", ".csv", ".yaml")


def is_applied(stack: Stack, blueprint: Blueprint, day: date) -> bool:
    """True if program, pack, packages, blueprint, settings, day and state are those of the last update."""
    record = _record(stack)
    return record.exists() and record.read_text() == _digest(stack, blueprint, day)


def record(stack: Stack, blueprint: Blueprint, day: date) -> None:
    """Record that the stack is up to date. A killed run leaves no record, or the previous one."""
    write_secret(_record(stack), _digest(stack, blueprint, day))


def forget(stack: Stack) -> None:
    """Remove the record, before anything changes the stack."""
    _record(stack).unlink(missing_ok=True)


def _record(stack: Stack) -> Path:
    return stack.kept_settings.with_suffix(".applied")


def _digest(stack: Stack, blueprint: Blueprint, day: date) -> str:
    """`day` counts because flows begin and end on a day, and rules read the date."""
    total = hashlib.sha256()
    for part in (
        day.isoformat(),
        blueprint.digest,
        str(blueprint.directory.resolve()),
        stack.engine.version,
        str(stack.engine.pulumi),
    ):
        total.update(part.encode() + b"\0")
    for file in (
        *_code(),
        ROOT / ".venv" / ".made-of",
        stack.folder / "Pulumi.yaml",
        stack.kept_settings,
        *stack.checkpoints(),
    ):
        data = file.read_bytes() if file.exists() else b"absent"
        total.update(f"{file.name} {len(data)}\0".encode() + data)
    return total.hexdigest()


def _code() -> Iterator[Path]:
    for name in CODE:
        yield from sorted(
            path for path in (ROOT / name).rglob("*") if path.suffix in SUFFIXES and ".venv" not in path.parts
        )
