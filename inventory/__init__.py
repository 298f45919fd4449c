"""What exists, as data. `load()` reads a district's blueprint; everything else in Lantu follows from it."""

from inventory.loading.blueprint import EXAMPLE, FILES, Loaded, load
from inventory.model.blueprint import Blueprint
from inventory.texts.problems import Problem

__all__ = ["EXAMPLE", "FILES", "Blueprint", "Loaded", "Problem", "load"]
