"""Removal of a lab."""

from __future__ import annotations

import shutil
import signal
from contextlib import suppress

from lab import down as lab_down
from lab import processes
from lab.paths import Lab

from inventory.model.zones import LocationId
from inventory.texts.text import Text
from lantu import ssh_files
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.context import ROOT, Workspace, alone
from lantu.deployment import CLOUD
from lantu.steps import Steps, reported

REMOVED = Text("实验环境 {lab} 已拆除", "lab {lab} is removed")


def run(lab: str, lang: Lang, output: Format) -> None:
    """Remove the lab, and end with status 1 if something is left."""
    here = Lab(lab)
    with reported(Steps.silent(lang)), alone(here):
        for location in LocationId:
            ssh_files.close(Workspace(location, here.location(location.value)), "exit")
        for process in processes.of_pulumi(here.state):
            processes.tell(process, signal.SIGKILL)
        lab_down.remove(here)
        forget(here)
        left = lab_down.leftovers(here)
    with suppress(OSError):  # the lock of this run was the last thing in it
        here.run_root.rmdir()
    if output is Format.JSON:
        emit({"schema": 1, "lab": lab, "left": left})
    for line in left:
        say(line)
    if left:
        leave(Exit.DENIED)
    say(REMOVED.fill(lab=lab).say(word(lang)))


def forget(lab: Lab) -> None:
    """Remove keys, states, logs and settings of the lab, and nothing else in their folders."""
    for pattern in (f"Pulumi.{lab.name}-*.yaml",):
        for folder in (ROOT, CLOUD):
            for file in folder.glob(pattern):
                file.unlink()
    shutil.rmtree(lab.state, ignore_errors=True)
    shutil.rmtree(lab.run, ignore_errors=True)
    with suppress(OSError):  # another lab is there
        lab.state_root.rmdir()
