"""`lantu down`: removes everything that was made for a lab, and only that."""

from __future__ import annotations

import shutil
import signal

from lab import down as lab_down
from lab import processes
from lab.paths import Lab as LabName

from inventory.model.zones import LocationId
from lantu import ssh_files
from lantu.commands.up import told
from lantu.console import Exit, Format, Lang, emit, leave, say
from lantu.context import ROOT, Workspace, alone
from lantu.deployment import CLOUD
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, Lab, Language, Output
from lantu.steps import Steps


def down(lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """Remove a lab: its hosts, engines, namespaces, keys and state. Caches stay. 拆除

    Needs no right blueprint. Can be run again, also after it was interrupted.

    Exit status: 0 nothing is left, 1 something is (named).

    Example:

        lantu down --lab mine
    """
    here = LabName(lab)
    with told(Steps.silent(lang)), alone(here):
        for location in LocationId:
            ssh_files.close(Workspace(location, here.location(location.value)), "exit")
        for process in processes.of_pulumi(here.state):
            processes.tell(process, signal.SIGKILL)
        lab_down.remove(here)
        forget(here)
        left = lab_down.leftovers(here)
    if output is Format.JSON:
        emit({"schema": 1, "lab": lab, "left": left})
    for line in left:
        say(line)
    if left:
        leave(Exit.DENIED)
    say(f"实验环境 {lab} 已拆除" if lang is Lang.ZH else f"lab {lab} is gone")


def forget(lab: LabName) -> None:
    """Keys, states, logs and settings of the lab; what others keep in the same folders stays."""
    for pattern in (f"Pulumi.{lab.name}-*.yaml",):
        for folder in (ROOT, CLOUD):
            for file in folder.glob(pattern):
                file.unlink()
    shutil.rmtree(lab.state, ignore_errors=True)
    shutil.rmtree(lab.run, ignore_errors=True)
