"""What exists, as data. `load()` reads a district's blueprint; everything else in Lantu follows from it.

The names below are imported when they are used first: texts and errors must not bring the whole model along.
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
