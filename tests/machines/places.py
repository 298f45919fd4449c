"""Where disk images and running machines are kept, all of it below the cache root."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lab.paths import cache_root

HERE = Path(__file__).parent
ROOT = HERE.parents[1]  # the checkout


def home() -> Path:
    return cache_root() / "machines"


def images() -> Path:
    return home() / "images"


def running() -> Path:
    return home() / "running"


def digest(*parts: str | bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()
