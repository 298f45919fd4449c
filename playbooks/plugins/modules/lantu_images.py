#!/usr/bin/python
"""Loads the container images that are part of the host image."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import Run, StateError, command, must

DOCUMENTATION = r"""
module: lantu_images
short_description: Load the image archives of a directory into the host's docker engine
description:
  - Each NAME.tar has a NAME.json with the image's C(id) and C(reference). An image is loaded if the docker engine does
    not have that id under that reference.
options:
  folder: {description: Directory with the archives; it may be absent., type: path, required: true}
"""


def images(run: Run, folder: Path) -> list[str]:
    """Loads missing images and returns all references."""
    references = []
    for archive in sorted(folder.glob("*.tar")):
        image = json.loads(archive.with_suffix(".json").read_text())
        references.append(image["reference"])
        if _loaded_id(image["reference"]) == image["id"]:
            continue
        run.change(f"image {image['reference']}", lambda archive=archive: _load(archive))
        if not run.check and _loaded_id(image["reference"]) != image["id"]:
            loaded = _loaded_id(image["reference"]) or "no image"
            raise StateError(archive, f"the docker engine has {loaded}", image["id"], "build the host image again")
    return references


def _loaded_id(reference: str) -> str:
    """The id under that reference; empty if there is none, or no docker engine."""
    return command(["docker", "image", "inspect", "--format", "{{.Id}}", reference]).stdout.strip()


def _load(archive: Path) -> None:
    must(["docker", "load", "--quiet", "--input", str(archive)], str(archive), "see journalctl -u docker", seconds=300)


def main() -> None:
    module = AnsibleModule({"folder": {"type": "path", "required": True}}, supports_check_mode=True)
    run = Run(module.check_mode)
    try:
        references = images(run, Path(module.params["folder"]))
    except (StateError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(run.changes), references=references, changes=[change.what for change in run.changes])


if __name__ == "__main__":
    main()
