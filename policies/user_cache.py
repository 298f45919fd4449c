"""Where checks that need no root keep what they computed."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache(name: str) -> Path:
    """A folder in LANTU_CACHE if that is set, else in the user's own cache."""
    configured = os.environ.get("LANTU_CACHE")
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(configured) if configured else Path(user) / "lantu") / name
