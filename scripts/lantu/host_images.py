"""The images of a site's hosts, recorded in the lab's state, so that an emptied cache replaces no host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass

import docker
from lab.engine import client
from lab.images import recipe
from lab.images.image import BuiltImage
from lab.paths import Lab

from inventory.model.images import image_of
from lantu.context import LabContext, Workspace


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """`id` as the build recorded it, `reference` its name in an engine, `recipe` the hash of its approved recipe."""

    id: str
    reference: str
    recipe: str


def kinds_at(context: LabContext, workspace: Workspace) -> tuple[str, ...]:
    """The kinds of image of a location's hosts."""
    blueprint = context.blueprint.deployed_subset
    return tuple(sorted({image_of(blueprint, host) for host in blueprint.hosts_at(workspace.location)}))


def recorded(lab: Lab) -> dict[str, RecordedImage]:
    """The images that an earlier run recorded, without those whose recipe has changed since."""
    file = lab.state / "images.json"
    if not file.exists():
        return {}
    approved = recipe.approved()
    entries = {kind: RecordedImage(**entry) for kind, entry in json.loads(file.read_text()).items()}
    return {kind: image for kind, image in entries.items() if approved.get(kind) == image.recipe}


def record(
    lab: Lab, recorded: Mapping[str, RecordedImage], built: Mapping[str, BuiltImage]
) -> dict[str, RecordedImage]:
    """Add what was built to the record, and return it."""
    entries = {
        **recorded,
        **{kind: RecordedImage(image.id, image.reference, image.recipe) for kind, image in built.items()},
    }
    lab.state.mkdir(parents=True, exist_ok=True)
    new = lab.state / ".images.json"
    document = {kind: asdict(image) for kind, image in entries.items()}
    new.write_text(json.dumps(document, indent=2) + "\n")
    new.replace(lab.state / "images.json")
    return entries


def missing(workspace: Workspace, recorded: Mapping[str, RecordedImage], kinds: Iterable[str]) -> list[str]:
    """The kinds whose recorded image is not in the location's Docker engine; `app` if none is recorded."""
    kinds_missing = [] if "app" in recorded else ["app"]
    with closing(client(workspace.lab)) as engine:
        for kind in kinds:
            try:
                engine.images.get(recorded[kind].id)
            except (KeyError, docker.errors.ImageNotFound):
                kinds_missing.append(kind)
    return kinds_missing
