"""Completes states of older releases: a network that is replaced replaces the hosts that are attached to it.

Pulumi reads `replaceWith` from the state, not from the program, so it has to be there one update before the change.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lantu.rewired import CONTAINER, NETWORK
from lantu.stacks import Stack
from lantu.steps import Steps


def complete(stack: Stack, steps: Steps) -> None:
    """Export, complete and import the state, if it lacks something. All or nothing: the import is one step."""
    if not _incomplete(stack.resources()):
        return
    with TemporaryDirectory(prefix="lantu-state-") as folder:  # readable by its owner only; secrets stay encrypted
        file = Path(folder) / "state.json"
        steps.run([stack.engine.pulumi, "stack", "export", "--file", file], stack.environment(), stack.folder)
        document = json.loads(file.read_text())
        add_replacements(document["deployment"]["resources"])
        file.write_text(json.dumps(document))
        steps.run([stack.engine.pulumi, "stack", "import", "--file", file], stack.environment(), stack.folder)


def add_replacements(resources: list[dict[str, Any]]) -> None:
    """Adds what is missing, in place."""
    networks = {resource["inputs"]["name"]: resource["urn"] for resource in resources if resource["type"] == NETWORK}
    for container in _incomplete(resources):
        names = [attachment["name"] for attachment in container["inputs"]["networksAdvanced"]]
        container["replaceWith"] = [networks[name] for name in sorted(names) if name in networks]


def _incomplete(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        resource
        for resource in resources
        if resource["type"] == CONTAINER
        and "pending" not in resource
        and "replaceWith" not in resource
        and resource.get("inputs", {}).get("networksAdvanced")
    ]
