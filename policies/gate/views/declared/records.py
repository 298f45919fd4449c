"""What a site recorded of its own: images built of approved recipes, and what its machine confines hosts by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.gate.model import Image

LOCK = Path(__file__).parents[4] / "scripts" / "lab" / "images" / "recipes.lock"
"""Approved recipes: a line `KIND SHA-256` each."""


def confinement(state: Path | None) -> str:
    """What the lab's machine confines hosts by; empty where that was not recorded, or cannot be read."""
    try:
        return str(json.loads((state / "machine.json").read_text("utf-8"))["confinement"]) if state is not None else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def images(state: Path | None) -> Iterator[Image]:
    """The images that the site's builds recorded. None where nothing was recorded: rules then have no answer."""
    if state is None:
        return
    file = state / "images.json"
    try:
        entries: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return
    approved = _approved()
    for kind, entry in sorted(entries.items()):
        yield Image(
            id=kind,
            image=entry["id"],
            reference=entry["reference"],
            recipe=entry["recipe"],
            approved=approved.get(kind, ""),
            at=file.name,
        )


def _approved() -> dict[str, str]:
    lines = (line.split() for line in LOCK.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#"))
    return {kind: digest for kind, digest, *_ in lines}
