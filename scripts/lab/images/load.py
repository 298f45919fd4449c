"""Load images into an engine."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress

import docker
import requests

from lab import disk
from lab.engine import connected
from lab.errors import LabError
from lab.images.image import BuiltImage, archive
from lab.paths import LabLocation

SECONDS = 600


def load(location: LabLocation, images: Iterable[BuiltImage]) -> list[BuiltImage]:
    """Load these images into the location's engine, and return those that were missing. All are sent in one stream.

    Earlier builds of the same kinds are removed if no host uses them.

    LAB013 if the load would fill the disk, LAB024 if the ids in the engine differ from those in the cache.
    """
    listed = list(images)
    with connected(location, SECONDS) as engine:
        missing = [image for image in listed if not _has(engine, image)]
        if missing:
            _room(location, missing)
            refused = "; ".join(_send(engine, missing))
            for image in missing:
                if not _has(engine, image):
                    _drop_damaged(image)
                    raise LabError("LAB024", refused or "no such image afterwards", kind=image.kind, image=image.id)
        _forget_old(engine, listed)
    return missing


def _forget_old(engine: docker.DockerClient, images: list[BuiltImage]) -> None:
    for image in images:
        for there in engine.images.list(filters={"label": f"lantu.kind={image.kind}"}):
            if there.id != image.id:
                with suppress(docker.errors.APIError):  # in use by a host: the engine refuses
                    engine.images.remove(str(there.id))


def _has(engine: docker.DockerClient, image: BuiltImage) -> bool:
    try:
        return engine.images.get(image.id).id == image.id
    except docker.errors.ImageNotFound:
        return False


def _room(location: LabLocation, images: list[BuiltImage]) -> None:
    """Check the free disk space: the engine stores the stream in a file, then unpacks it."""
    layers = {layer for image in images for layer in image.layers}
    disk.require(location.data_root, 2 * sum(layer.stat().st_size for layer in layers) // disk.MB + 100)


def _send(engine: docker.DockerClient, images: list[BuiltImage]) -> Iterator[str]:
    """Send the stream; return the error that the engine reports."""
    try:
        for word in engine.api.load_image(archive(images)):  # type: ignore[no-untyped-call]
            if "error" in word:
                yield str(word["error"])
    except (docker.errors.APIError, requests.RequestException) as broken:
        yield str(broken)


def _drop_damaged(image: BuiltImage) -> None:
    """Remove cached layers that differ from what was built, so that the next run builds them again."""
    for layer, diff in zip(image.layers, image.diffs, strict=True):
        with layer.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != diff.removeprefix("sha256:"):
                shutil.rmtree(layer.parent)
