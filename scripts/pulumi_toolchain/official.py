"""The vendor's own Pulumi, if it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi_toolchain import store
from pulumi_toolchain.parts import DOCKER_PLUGIN, plugin_folder
from pulumi_toolchain.texts import word

PLUGIN_PLACE = f"docker-{DOCKER_PLUGIN}-official"
PATIENCE = 300  # seconds for the plugin's download


@dataclass(frozen=True, slots=True)
class Official:
    """An installed pulumi that is new enough and runs Python programs."""

    command: Path
    version: str


def find(minimum: str, own: Path) -> Official | str:
    """The pulumi on PATH, or the reason why it cannot be used. A pulumi under `own` does not count as installed."""
    on_path = shutil.which("pulumi")
    if not on_path or Path(on_path).resolve().is_relative_to(own.resolve()):
        return word("official-none")
    try:
        answer = subprocess.run(
            [on_path, "version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as failure:
        return word("official-broken", path=on_path, why=failure)
    if not fits(answer, minimum):
        return word("official-unfit", path=on_path, version=answer or "?", minimum=minimum)
    if not has_python_host(Path(on_path)):
        return word("official-no-host", path=on_path)
    return Official(Path(on_path), answer.removeprefix("v"))


def fits(version: str, minimum: str) -> bool:
    """Whether v3.260.1 is at least 3.259.0 and of the same major version, as the Python SDK requires.

    A pre-release (3.259.0-alpha) is older than its release; text after a plus sign is ignored.
    """
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(-[^\s+]+)?(\+\S+)?", version)
    if not found:
        return False
    numbers = tuple(int(number) for number in found.groups()[:3])
    least = tuple(int(number) for number in minimum.split("."))
    return numbers[0] == least[0] and (numbers, not found.group(4)) >= (least, True)


def has_python_host(command: Path) -> bool:
    """Whether the language host is in the program's folder; no other is used (PULUMI_IGNORE_AMBIENT_PLUGINS)."""
    return os.access(command.resolve().parent / "pulumi-language-python", os.X_OK)


def plugin(official: Official, folder: Path, say: Callable[[str], None]) -> Path | str:
    """The vendor's Docker plugin in the cache: copied from the user's, or downloaded; else the reason as text."""
    target = folder / PLUGIN_PLACE
    if target.exists():
        return target
    with store.staging(folder) as stage:
        result = stage / "result"
        if installed := installed_plugin():
            shutil.copytree(installed, result / "plugins" / plugin_folder())
        else:
            say(word("plugin-install", version=DOCKER_PLUGIN))
            if trouble := download(official, stage / "home"):
                return word("plugin-failed", why=trouble)
            result.mkdir()
            (stage / "home" / "plugins").rename(result / "plugins")
        store.publish(result, target)
    return target


def installed_plugin() -> Path | None:
    """The folder of the user's installed plugin (`pulumi plugin install … --file` works without a network)."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    plugin = home / "plugins" / plugin_folder()
    return plugin if (plugin / "pulumi-resource-docker").exists() else None


def download(official: Official, home: Path) -> str | None:
    """Download the plugin with pulumi into `home`; return the reason as text if that fails."""
    try:
        subprocess.run(
            [official.command, "plugin", "install", "resource", "docker", DOCKER_PLUGIN],
            env=os.environ | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.CalledProcessError as failure:
        return "".join(failure.stdout.strip().splitlines()[-1:]) or str(failure)
    except (OSError, subprocess.SubprocessError) as failure:
        return str(failure)
    if not (home / "plugins" / plugin_folder() / "pulumi-resource-docker").exists():
        return f"pulumi plugin install → no {plugin_folder()}"
    return None
