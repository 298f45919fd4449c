"""Settings of a stack: location, site, blueprint, docker engine, and images."""

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
    """The deployed subset."""
    location: LocationId
    engine: str
    """unix:// or ssh:// address of the location's docker engine."""
    images: dict[str, str]
    """Kind of image -> id."""
    confinement: str
    """Confinement that the docker engine's machine supports: see hosts.Confinement."""
    rewired: frozenset[str] = frozenset()
    """Hosts whose interfaces or prefixes differ from the state: they are replaced, and start with new files."""


def read() -> Settings:
    """Settings of the stack. RunError with all problems, one per line, if the blueprint is invalid."""
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
