#!/usr/bin/python
"""Container images that came with the host, in its engine."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import Run, StateError, command, must

DOCUMENTATION = r"""
module: lantu_images
short_description: Load the image archives of a folder into the host's container engine
description:
  - Each NAME.tar has a NAME.json beside it with the image's C(id) and C(reference). An image is loaded where the engine
    does not have that id under that reference.
options:
  folder: {description: Folder with the archives; none where it is absent., type: path, required: true}
"""


def images(run: Run, folder: Path) -> list[str]:
    """Loads what is missing and returns every reference."""
    references = []
    for archive in sorted(folder.glob("*.tar")):
        told = json.loads(archive.with_suffix(".json").read_text())
        references.append(told["reference"])
        if _held(told["reference"]) == told["id"]:
            continue
        run.change(f"image {told['reference']}", lambda archive=archive: _load(archive))
        if not run.check and _held(told["reference"]) != told["id"]:
            held = _held(told["reference"]) or "nothing"
            raise StateError(archive, f"the engine holds {held}", told["id"], "build the host's image again")
    return references


def _held(reference: str) -> str:
    """The id under that reference; nothing where there is none, or no engine yet."""
    return command(["docker", "image", "inspect", "--format", "{{.Id}}", reference]).stdout.strip()


def _load(archive: Path) -> None:
    must(["docker", "load", "--quiet", "--input", str(archive)], str(archive), "see journalctl -u docker", seconds=300)


def main() -> None:
    module = AnsibleModule({"folder": {"type": "path", "required": True}}, supports_check_mode=True)
    run = Run(module.check_mode)
    try:
        references = images(run, Path(module.params["folder"]))
    except (StateError, OSError, ValueError) as mistake:
        module.fail_json(msg=str(mistake))
    module.exit_json(changed=bool(run.changes), references=references, changes=[change.what for change in run.changes])


if __name__ == "__main__":
    main()
