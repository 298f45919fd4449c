"""How this machine confines hosts: the version of its control groups, and AppArmor."""

from __future__ import annotations

import json
import os

from lab import apparmor, cgroups
from lab.paths import Lab

FILE = "machine.json"
"""A file in the lab's state with the recorded value; the gate and Pulumi's program read it."""


def now() -> str:
    """`v1`, `v2`, `v1-apparmor` or `v2-apparmor`."""
    return f"v{cgroups.version()}{'-apparmor' if apparmor.enabled() else ''}"


def record(lab: Lab) -> str:
    """Write the current value into the lab's state atomically, and return it."""
    name = now()
    lab.state.mkdir(parents=True, exist_ok=True)
    draft = lab.state / f".{FILE}.{os.getpid()}"
    draft.write_text(json.dumps({"confinement": name}) + "\n")
    draft.replace(lab.state / FILE)
    return name
