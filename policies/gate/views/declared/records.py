"""Records of a site: images built from approved recipes, and how its machine confines hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.gate.model import Image

LOCK = Path(__file__).parents[4] / "scripts" / "lab" / "images" / "recipes.lock"
"""Approved recipes, one `KIND SHA-256` per line."""


def confinement(state: Path | None) -> str:
    """How the lab's machine confines hosts; empty if it was not recorded or cannot be read."""
    try:
        return str(json.loads((state / "machine.json").read_text("utf-8"))["confinement"]) if state is not None else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def images(state: Path | None) -> Iterator[Image]:
    """The recorded images of the site's builds. None without records, and rules then are not evaluated."""
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
