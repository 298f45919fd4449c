"""The one question others ask: give me an engine that works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import compiling, golang, official, store
from engine.parts import DOCKER_PLUGIN, Part, docker, pulumi
from engine.words import word


@dataclass(frozen=True, slots=True)
class Engine:
    """A working Pulumi. `home` has the folder `plugins` with the Docker plugin in it, shared: see home.prepare_home.

    `official` tells the vendor's own command line from one that was built here.
    """

    pulumi: Path
    bin_dir: Path
    home: Path
    official: bool
    version: str


def ensure(cache: Path, say: Callable[[str], None]) -> Engine:
    """The installed official engine, the one built before, or a new one built into `cache`/engine.

    `say` gets lines of progress. Raises EngineError with what is missing and the ways to get it. Several checkouts and
    processes may call this at once with the same cache.
    """
    folder = cache.expanduser().resolve() / "engine"
    with store.usable(folder):
        engine_part, plugin_part = pulumi(), docker()
        installed = official.find(engine_part.version, folder)
        if isinstance(installed, official.Official):
            return use(installed, plugin_part, folder, say)
        engine_home, home = built([engine_part, plugin_part], folder, installed, say)
    command = engine_home / engine_part.into / "pulumi"
    return Engine(command, command.parent, home, official=False, version=engine_part.version)


def use(installed: official.Official, plugin_part: Part, folder: Path, say: Callable[[str], None]) -> Engine:
    """The installed engine, with the vendor's plugin or, where that cannot be had, one built here."""
    home = next((place for name in (f"docker-{DOCKER_PLUGIN}-official", plugin_part.folder)
                 if (place := folder / name).exists()), None)
    if home is None:
        say(word("official", version=installed.version, path=installed.command))
        with store.alone(folder, say):
            home = official.plugin(installed, folder, say)
    if home is None:
        [home] = built([plugin_part], folder, word("plugin-failed", why="-"), say)
    return Engine(installed.command, installed.command.parent, home, official=True, version=installed.version)


def built(parts: Sequence[Part], folder: Path, reason: str, say: Callable[[str], None]) -> list[Path]:
    """The folders of these parts in the cache, compiling those that are not there. `reason` says why ours are needed."""
    places = [folder / part.folder for part in parts]
    if all(place.exists() for place in places):
        return places
    with store.alone(folder, say):
        missing = [(part, place) for part, place in zip(parts, places, strict=True) if not place.exists()]
        if missing:  # else another builder was faster while we waited
            say(word("building-needed", why=reason))
            go = golang.find(folder, folder.parent, reason, say)
            for part, _ in missing:
                compiling.build(part, go, folder, say)
            if go.own:
                store.discard(go.own)
    return places
