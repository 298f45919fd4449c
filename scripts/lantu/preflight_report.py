"""The report of `lantu preflight`: facts of the machine, needs of the lab, refusals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from lab.errors import LabError
from lab.preflight import Assessment, Machine, evaluate, read, try_kernel
from lab.preflight.needs import disk_mb, memory_mb

from inventory.texts.text import Text
from lantu import machine_report
from lantu.console import Exit, Format, Lang, emit, leave
from lantu.context import LabContext

NOT_TRIED = Text(
    "未试验内核：需要 root、全部工具，且上面没有被拒绝的项",
    "the kernel was not tried: this needs root, all tools, and no refusal above",
)
FIT = Text("本机可以运行实验环境", "this machine is fit for the lab")


def run(context: LabContext, virtual_machines: bool) -> None:
    """Check the machine, print the result, and end with status 4 if the lab cannot run here."""
    needs = machine_report.needs(context)
    if virtual_machines:
        needs = replace(needs, virtual_machines=True)
    machine = read()
    assessment = evaluate(machine, needs)
    tried = os.geteuid() == 0 and not assessment.packages and not assessment.refused
    refused = [*assessment.refused, *(try_kernel() if tried else ())]
    if context.format is Format.JSON:
        emit(_document(machine, assessment, refused, tried))
    else:
        _print(machine, assessment, refused, tried, context.lang)
    if refused:
        leave(Exit.NOT_EVALUATED)


def _print(machine: Machine, assessment: Assessment, refused: Sequence[LabError], tried: bool, lang: Lang) -> None:
    rows = machine_report.rows(machine, assessment, lang)
    for name, value in rows:
        print(f"{name}: {value}")
    for text in (*assessment.notes, *(() if tried else (NOT_TRIED,))):
        print(f"- {machine_report.shown(text, lang)}")
    for refusal in refused:
        print(refusal.text(lang.value))
    if not refused:
        print(machine_report.shown(FIT, lang))


def _document(machine: Machine, assessment: Assessment, refused: Sequence[LabError], tried: bool) -> dict[str, Any]:
    """`machine` is what was read, with the names of its fields; `needed` is in megabytes."""
    parts = list(assessment.parts)
    return {
        "schema": 1,
        "verdict": "not_evaluated" if refused else "good",
        "machine": asdict(machine)
        | {
            "cgroups": asdict(machine.cgroups) | {"controllers": sorted(machine.cgroups.controllers)},
            "disks": {
                name: disk._asdict() | {"options": sorted(disk.options), "room": disk.room._asdict()}
                for name, disk in machine.disks.items()
            },
        },
        "needed": {
            "memory_mb": memory_mb(parts),
            "disk_mb": disk_mb(parts),
            "parts": [part._asdict() | {"name": part.name._asdict()} for part in parts],
        },
        "notes": [text._asdict() for text in assessment.notes],
        "packages": list(assessment.packages),
        "kernel_tried": tried,
        "refused": [machine_report.entry(refusal) for refusal in refused],
    }
