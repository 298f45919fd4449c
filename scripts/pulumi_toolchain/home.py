"""A PULUMI_HOME of one's own (credentials, workspaces), with the shared Docker plugin in it."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_toolchain.choose import Toolchain


def prepare_home(engine: Toolchain, home: Path) -> None:
    """Make `home` a PULUMI_HOME in which pulumi finds the shared plugins. Can be repeated; leaves other plugins alone.

    Pulumi overlooks a plugin folder that is a symbolic link, so the folders are real and the files in them are links.
    """
    for plugin in (engine.home / "plugins").iterdir():
        if not plugin.is_dir():
            continue
        folder = home / "plugins" / plugin.name
        folder.mkdir(parents=True, exist_ok=True)
        for file in plugin.iterdir():
            link(folder / file.name, file)


def link(path: Path, target: Path) -> None:
    """Let `path` be a symbolic link to `target`, replacing what was there in one step."""
    if path.is_symlink() and path.readlink() == target:
        return
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(path)


def environment(engine: Toolchain, home: Path) -> dict[str, str]:
    """The process environment for pulumi in a closed network: nothing is fetched, nothing is looked for outside."""
    result = os.environ | {
        "PATH": f"{engine.bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    }
    if (engine.pulumi.resolve().parent / "pulumi-language-python").exists():
        # Then PATH is not needed for it, and a stray plugin on PATH is neither used nor warned about.
        result["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    return result
