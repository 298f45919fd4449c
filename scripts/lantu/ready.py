"""What parts of the tests need of the machine, told in steps as `lantu up` tells its own.

    python -m lantu.ready PART ...

Without it the first test that needs Pulumi would build it for minutes and say nothing.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

import engine
import typer
from lab import images
from lab.paths import cache_root

from lantu.console import Lang, default_lang
from lantu.steps import Steps
from lantu.up import preflight, told


class Need(StrEnum):
    MACHINE = "machine"
    PULUMI = "pulumi"
    IMAGES = "images"


NEEDS = {
    "engine": {Need.PULUMI},
    "policies": {Need.PULUMI},
    "proof": {Need.MACHINE},
    "flows": {Need.MACHINE},
    "lab": {Need.MACHINE, Need.IMAGES},
    "district": set(Need),
    "drills": {Need.PULUMI},
    "bench": set(Need),
    "machines": set(Need),
}
"""Part of scripts/test -> what it needs; a part that is not named needs Python alone."""


def ready(parts: list[str]) -> None:
    needs = set().union(*(NEEDS.get(part, set()) for part in parts))
    steps = Steps(Path(os.devnull), default_lang(), len(needs))
    with told(steps):
        if Need.MACHINE in needs:
            preflight(steps)
        if Need.PULUMI in needs:
            with steps.step("取得 Pulumi", "get Pulumi"):
                engine.ensure(cache_root(), steps.note)
        if Need.IMAGES in needs:
            with steps.step("准备主机镜像", "prepare host images"):
                images.ensure(say=lambda text: steps.note(text.zh if steps.lang is Lang.ZH else text.en))


if __name__ == "__main__":
    try:
        ready(sys.argv[1:])
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
