"""Choose or build a working engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pulumi_toolchain import compiling, golang, official, store
from pulumi_toolchain.parts import BuildPart, docker, pulumi
from pulumi_toolchain.texts import word


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A working Pulumi. `home` has the shared folder `plugins` with the Docker plugin; see home.prepare_home.

    `official` is True for the vendor's own command line, False for one that was built here.
    """

    pulumi: Path
    bin_dir: Path
    home: Path
    official: bool
    version: str


def ensure(cache: Path, say: Callable[[str], None]) -> Toolchain:
    """The installed official engine, an engine built earlier, or a new engine built into `cache`/engine.

    `say` receives lines of progress. Raises ToolchainError with what is missing and how to get it. Several
    checkouts and processes may call this at once with the same cache.
    """
    folder = cache.expanduser().resolve() / "engine"
    engine_part, plugin_part = pulumi(), docker()
    with store.usable(folder):
        installed = official.find(engine_part.version, folder)
        if isinstance(installed, official.Official):
            home = plugin_for(installed, plugin_part, folder, say)
            return Toolchain(
                installed.command, installed.command.parent, home, official=True, version=installed.version
            )
        ours, home = built([engine_part, plugin_part], folder, installed, say)
    command = ours / engine_part.program
    return Toolchain(command, command.parent, home, official=False, version=engine_part.version)


def plugin_for(installed: official.Official, part: BuildPart, folder: Path, say: Callable[[str], None]) -> Path:
    """The vendor's Docker plugin; if it is not available, `part`, built here."""
    for name in (official.PLUGIN_PLACE, part.folder):
        if (folder / name).exists():
            return folder / name
    say(word("official", version=installed.version, path=installed.command))
    with store.alone(folder, say):
        found = official.plugin(installed, folder, say)
    return found if isinstance(found, Path) else built([part], folder, found, say)[0]


def built(parts: Sequence[BuildPart], folder: Path, reason: str, say: Callable[[str], None]) -> list[Path]:
    """The folders of these parts in the cache, compiling missing ones. `reason` is why they are needed."""
    folders = [folder / part.folder for part in parts]
    if all(cached.exists() for cached in folders):
        return folders
    with store.alone(folder, say):
        missing = [part for part, cached in zip(parts, folders, strict=True) if not cached.exists()]
        if missing:  # else another builder has finished in the meantime
            go = golang.find(folder, reason, say)
            say(word("building-needed", why=reason))
            store.mind_space(folder, say)
            compiling.build(missing, go, folder, say)
            if go.own:
                say(word("go-wheel-done"))
                store.discard(go.own)
    return folders
