"""A separate PULUMI_HOME (credentials, workspaces) that contains the shared Docker plugin."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_toolchain.choose import Toolchain


def prepare_home(engine: Toolchain, home: Path) -> None:
    """Make `home` a PULUMI_HOME in which pulumi finds the shared plugins. Can be repeated; leaves other plugins alone.

    Pulumi ignores a plugin folder that is a symbolic link, so the folders are real and their files are links.
    """
    for plugin in (engine.home / "plugins").iterdir():
        if not plugin.is_dir():
            continue
        folder = home / "plugins" / plugin.name
        folder.mkdir(parents=True, exist_ok=True)
        for file in plugin.iterdir():
            link(folder / file.name, file)


def link(path: Path, target: Path) -> None:
    """Make `path` a symbolic link to `target`, replacing an existing file atomically."""
    if path.is_symlink() and path.readlink() == target:
        return
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(path)


def environment(engine: Toolchain, home: Path) -> dict[str, str]:
    """The process environment for pulumi in a closed network: it downloads nothing and searches nothing outside."""
    result = os.environ | {
        "PATH": f"{engine.bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    }
    if (engine.pulumi.resolve().parent / "pulumi-language-python").exists():
        # With this, PATH is not searched, so another plugin on PATH is not used and causes no warning.
        result["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    return result
