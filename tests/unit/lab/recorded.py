"""Recorded machines: small trees of the files that the preflight reads, and what commands answered there.

`machines/NAME/machine.json` holds the answers. `like` names the machine that this one differs from: its tree is laid
first, `absent` paths are removed, then this folder's files are laid over it. `expected` is what must follow.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.preflight.probe import Folders, Room

MACHINES = Path(__file__).parent / "machines"
NAMES = sorted(path.parent.name for path in MACHINES.glob("*/machine.json"))


@dataclass
class Answers:
    """The probe of a recorded machine."""

    facts: dict[str, Any]

    @property
    def user(self) -> int:
        return int(self.facts["user"])

    @property
    def architecture(self) -> str:
        return str(self.facts["architecture"])

    @property
    def bits(self) -> int:
        return int(self.facts["bits"])

    @property
    def cpus(self) -> int:
        return int(self.facts["cpus"])

    @property
    def folders(self) -> Folders:
        return Folders("/var/lib/lantu", "/run/lantu", "/var/cache/lantu")

    def tool(self, name: str) -> str:
        return str((self.facts["tools"].get(name) or {}).get("path", ""))

    def owner(self, path: str) -> int:
        return next(int(tool["owner"]) for tool in self.facts["tools"].values() if tool and tool["path"] == path)

    def version(self, tool: str) -> str:
        if self.facts[tool] is None:
            raise LabError("LAB007", "Segmentation fault", command=f"{tool} --version", seconds=60)
        return str(self.facts[tool])

    def room(self, folder: str) -> Room:  # noqa: ARG002  # one file system holds all folders of a recorded machine
        return Room(self.facts["mb"], self.facts["inodes"])


def lay(name: str, root: Path) -> Answers:
    """Lay a recorded machine's tree into an empty folder; returns its probe."""
    own = json.loads((MACHINES / name / "machine.json").read_text())
    facts: dict[str, Any] = lay(own["like"], root).facts if "like" in own else {}
    for path in own.get("absent", ()):
        target = root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()
    shutil.copytree(MACHINES / name, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("machine.json"))
    tools = facts.get("tools", {}) | own.get("tools", {})
    return Answers(facts | own | {"tools": tools})
