"""The blueprint: what exists, as data. `load()` reads it.

The names below are imported on first use, so that importing texts and errors does not import the whole model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inventory.loading.blueprint import EXAMPLE, FILES, Loaded, load
    from inventory.model.blueprint import Blueprint
    from inventory.texts.problems import Problem

__all__ = ["EXAMPLE", "FILES", "Blueprint", "Loaded", "Problem", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inventory.loading import blueprint

    return getattr(blueprint, name)
