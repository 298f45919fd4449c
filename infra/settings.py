"""What a stack is told: its place, site and blueprint, its engine, and the images that the lab built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId


@dataclass(frozen=True, slots=True)
class Settings:
    blueprint: Blueprint
    """The part that the site realises."""
    location: LocationId
    engine: str
    """unix:// or ssh:// address of the place's own engine."""
    images: dict[str, str]
    """Kind of image -> id."""
    confinement: str
    """What the engine's machine confines hosts by: see hosts.Confinement."""
    rewired: frozenset[str] = frozenset()
    """Hosts whose interfaces or prefixes differ from the state: they are replaced, and start with new files."""


def read() -> Settings:
    """The stack's settings. A blueprint that does not pass its check ends the run with every problem, one a line."""
    config = pulumi.Config("lantu")
    directory = config.get("blueprint")
    loaded = inventory.load(Path(directory) if directory else None, config.get("site") or "lab")
    if loaded.blueprint is None:
        raise pulumi.RunError("\n" + "\n".join(problem.line("en") for problem in loaded.problems))
    images: dict[str, str] = config.require_object("images")
    return Settings(
        loaded.blueprint.deployed_subset,
        LocationId(config.require("location")),
        config.require("engine"),
        images,
        config.get("confinement") or "v1",
        frozenset(config.get_object("rewired") or ()),
    )
