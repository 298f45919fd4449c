"""Requirements of the parts of scripts/test, prepared in steps like those of `lantu up`.

    python -m lantu.test_requirements PART ...

Without it the first test that needs Pulumi would build it for minutes without output.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

import pulumi_toolchain
import typer
from lab import images
from lab.images import recipe
from lab.paths import cache_root

from inventory.texts.text import Text
from lantu.build import preflight
from lantu.console import default_lang, word
from lantu.steps import Steps, reported


class Need(StrEnum):
    MACHINE = "machine"
    PULUMI = "pulumi"
    IMAGES = "images"
    IMAGES_12 = "images of Debian 12"


NEEDS = {
    "pulumi_toolchain": {Need.PULUMI},
    "policies": {Need.PULUMI},
    "nftproof": {Need.MACHINE},
    "network_proof": {Need.MACHINE},
    "flows": {Need.MACHINE},
    "lab": {Need.MACHINE, Need.IMAGES},
    "district": {Need.MACHINE, Need.PULUMI, Need.IMAGES_12},
    "drills": {Need.MACHINE, Need.PULUMI},
    "bench": {Need.MACHINE, Need.PULUMI, Need.IMAGES_12},
    "machines": set(Need),
}
"""Part of scripts/test -> its requirements; parts that are not listed need only Python."""


def ready(parts: list[str]) -> None:
    needs: set[Need] = set().union(*(NEEDS.get(part, set()) for part in parts))
    if needs >= {Need.IMAGES, Need.IMAGES_12}:
        needs.remove(Need.IMAGES_12)
    steps = Steps(Path(os.devnull), default_lang(), len(needs))
    with reported(steps):
        if Need.MACHINE in needs:
            preflight(steps)
        if Need.PULUMI in needs:
            with steps.step(Text("取得 Pulumi", "get Pulumi")):
                pulumi_toolchain.ensure(cache_root(), steps.note)
        if kinds := image_kinds(needs):
            with steps.step(Text("准备主机镜像", "prepare host images")):
                images.ensure(kinds, say=lambda text: steps.note(text.say(word(steps.lang))))


def image_kinds(needs: set[Need]) -> list[str]:
    """The kinds of image to build."""
    if Need.IMAGES in needs:
        return list(recipe.read())
    if Need.IMAGES_12 in needs:
        return [kind for kind in recipe.read() if recipe.release_of(kind) == recipe.FIRST]
    return []


if __name__ == "__main__":
    try:
        ready(sys.argv[1:])
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
