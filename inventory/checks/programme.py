"""Tasks and systems refer to each other; service halls use their operator's segments."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint
from inventory.model.systems import System
from inventory.texts.problems import Problem
from inventory.texts.text import Text


def projects(d: DraftBlueprint) -> Iterator[Problem]:
    """BP067: a system of a task that does not deliver it."""
    for system in d.blueprint.systems:
        task = d.blueprint.task.get(system.project or "")
        if task is not None and system.id not in task.delivers:
            values = {"system": system.id, "value": task.id}
            yield Problem("BP067", system.at("project"), values, task.at("delivers"))


def deliveries(d: DraftBlueprint) -> Iterator[Problem]:
    """BP078: a task that delivers a system of no task, or of another task that delivers it."""
    tasks, systems = d.blueprint.task, d.blueprint.system
    for task in d.blueprint.tasks:
        for index, system in [(i, systems[name]) for i, name in enumerate(task.delivers) if name in systems]:
            other = tasks.get(system.project or "")
            delivered = other is not None and other is not task and system.id in other.delivers
            if system.project is None or delivered:
                values = {"task": task.id, "value": system.id, "project": _names(system)}
                yield Problem("BP078", task.at("delivers", index), values, system.at("project"))


def _names(system: System) -> Text:
    if system.project is None:
        return Text("没有 project", "belongs to no task")
    return Text(f"的 project 是 {system.project}", f"belongs to task {system.project}")


def halls(d: DraftBlueprint) -> Iterator[Problem]:
    """BP071: a service hall with counters in another agency's segment."""
    for hall in d.blueprint.service_halls:
        segment = d.blueprint.segment.get(hall.segment)
        if segment is not None and segment.agency not in (None, hall.operator):
            values = {"hall": hall.id, "value": segment.id, "agency": segment.agency, "expected": hall.operator}
            yield Problem("BP071", hall.at("segment"), values, segment.at("agency"))
