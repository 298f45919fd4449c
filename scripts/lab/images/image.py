"""A built image in the cache: its configuration, its layers, and its id, which is the same in every engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tarfile import TarInfo
from typing import Any

from lab.images.recipe import Recipe
from lab.paths import cache_root

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """`id` is the value for Pulumi (`image=`); `recipe` is the approved hash; `layers` are tar files, lowest first."""

    kind: str
    recipe: str
    id: str
    layers: tuple[Path, ...]
    config: bytes

    @property
    def reference(self) -> str:
        """A name that always refers to the same recipe."""
        return f"lantu/{self.kind}:{self.recipe[:12]}"

    @property
    def diffs(self) -> list[str]:
        """SHA-256 of each layer."""
        diffs: list[str] = json.loads(self.config)["rootfs"]["diff_ids"]
        return diffs


def folder_of(recipe: Recipe, cache: Path | None = None) -> Path:
    return (cache or cache_root()) / "images" / f"{recipe.kind}-{recipe.hash[:16]}"


def cached(recipe: Recipe, base: BuiltImage | None, cache: Path | None = None) -> BuiltImage | None:
    """The image that an earlier run built from this recipe on this exact base, or None."""
    folder = folder_of(recipe, cache)
    if not (folder / "config.json").exists():
        return None
    image = _image(recipe, base, folder)
    return image if image.diffs[:-1] == (base.diffs if base else []) else None


def _image(recipe: Recipe, base: BuiltImage | None, folder: Path) -> BuiltImage:
    config = (folder / "config.json").read_bytes()
    return BuiltImage(
        recipe.kind,
        recipe.hash,
        f"sha256:{hashlib.sha256(config).hexdigest()}",
        (*(base.layers if base else ()), folder / "layer.tar"),
        config,
    )


def configuration(recipe: Recipe, base: BuiltImage | None, layer: Path, architecture: str) -> bytes:
    """The image's configuration. An engine takes its SHA-256 as the image's id, so the id is known before any load."""
    words = recipe.image
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    config: dict[str, Any] = {
        "Cmd": words["command"],
        "Env": words.get("environment", []),
        "StopSignal": words["stop_signal"],
        "User": words.get("user", ""),
        "ExposedPorts": {port: {} for port in words.get("ports", [])},
        "Labels": {"lantu.kind": recipe.kind, "lantu.recipe": recipe.hash},
    }
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    document = {
        "architecture": architecture,
        "os": "linux",
        "created": now,
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [*(base.diffs if base else []), f"sha256:{digest}"]},
        "history": [
            *(json.loads(base.config)["history"] if base else []),
            {"created": now, "created_by": f"lantu recipe {recipe.kind} {recipe.hash[:12]}"},
        ],
    }
    return json.dumps(document, sort_keys=True).encode()


def archive(images: Iterable[BuiltImage]) -> Iterator[bytes]:
    """A docker-archive with these images, as a stream; a shared layer is included once."""
    manifest: list[dict[str, object]] = []
    configs: dict[str, bytes] = {}
    layers: dict[str, Path] = {}
    for image in images:
        name = f"{image.id.removeprefix('sha256:')}.json"
        names = [f"{diff.removeprefix('sha256:')}.tar" for diff in image.diffs]
        configs[name] = image.config
        layers |= dict(zip(names, image.layers, strict=True))
        manifest.append({"Config": name, "RepoTags": [image.reference], "Layers": names})
    for member, data in {**configs, "manifest.json": json.dumps(manifest).encode()}.items():
        yield from _member(member, len(data), iter([data]))
    for member, path in layers.items():
        yield from _member(member, path.stat().st_size, _chunks(path))
    yield b"\0" * 1024


def _member(name: str, size: int, data: Iterator[bytes]) -> Iterator[bytes]:
    info = TarInfo(name)
    info.size = size
    yield info.tobuf()
    yield from data
    yield b"\0" * (-size % 512)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            yield data
