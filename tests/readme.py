"""What the README tells people to add to the blueprint, added as they would."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import inventory

README = (Path(__file__).parents[1] / "README.md").read_text()
SNIPPETS = re.findall(r"```yaml\n# (\w+)\.yaml, under (\w+)\n(.*?)```", README, re.S)
GATEWAY_INTERFACE = ("mgmt: 2}", "mgmt: 2, archive: 2}")


def added(folder: Path, *files: str) -> Path:
    """The example with the README's entries for these files."""
    directory = folder / "blueprint"
    shutil.copytree(inventory.EXAMPLE, directory)
    for file, key, entry in SNIPPETS:
        if file in files:
            path = directory / f"{file}.yaml"
            indented = "".join(f"  {line}\n" for line in entry.rstrip("\n").split("\n"))
            text = path.read_text()
            assert f"\n{key}:\n" in text
            path.write_text(text.replace(f"\n{key}:\n", f"\n{key}:\n{indented}", 1))
    hosts = directory / "hosts.yaml"
    if "zones" in files:
        assert hosts.read_text().count(GATEWAY_INTERFACE[0]) == 1
        hosts.write_text(hosts.read_text().replace(*GATEWAY_INTERFACE))
    return directory
