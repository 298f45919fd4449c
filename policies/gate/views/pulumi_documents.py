"""Planned resources without Pulumi: from an exported state, a checkpoint or a preview's event log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from policies.gate.model import MissingInput
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.stack_names import lab_and_location
from policies.gate.views.planned import PlannedResource, planned

GONE = ("delete", "delete-replaced", "read-discard", "discard-replaced", "remove-pending-replace")
"""Steps that remove a resource."""


KEPT = "*/pulumi/**/.pulumi/stacks/**/*.json"
"""The directory of a location's Pulumi state, below the lab's directory."""


class NoResourcesError(ValueError):
    """An empty stack: valid, but without resources."""


class StackResources(NamedTuple):
    """One stack, read from a file."""

    name: str
    project: str
    resources: list[PlannedResource]


def read(path: Path) -> StackResources:
    """The stack in a file: `pulumi stack export`, a checkpoint of a file backend, or `--event-log` of a preview.

    ValueError with the reason where it is none of them.
    """
    text = path.read_text("utf-8")
    try:
        resources = list(_of_events(text) if _is_log(text) else _of_state(json.loads(text)))
    except (ValueError, KeyError, TypeError, AttributeError) as mistake:
        raise ValueError(f"{path.name}: neither a state nor an event log ({mistake})") from mistake
    if not resources:
        raise NoResourcesError(f"{path.name}: no resources")
    stack, project = resources[0].urn.split("::")[:2]
    return StackResources(stack.removeprefix("urn:pulumi:"), project, resources)


def stack_view(path: Path, declared: Snapshot) -> Snapshot:
    """The planned view of the stack in a file. ValueError as `read`, OSError where there is no such file."""
    stack = read(path)
    return planned(stack.resources, declared, lab_and_location(stack.name, stack.project)[1])


def kept(declared: Snapshot) -> Iterator[tuple[str, Path, StackResources | MissingInput]]:
    """Place, file and stack of everything that Pulumi keeps for a lab; one that cannot be read is a gap."""
    folder = Path(declared.state)
    for location in sorted({engine.location for engine in declared.engines}) if declared.state else ():
        own = folder / location / "pulumi"
        if own.exists() and not os.access(own, os.R_OK | os.X_OK):  # a glob would pass over it in silence
            yield location, own, MissingInput(id=location, what=str(own), why="not-allowed")
    for file in sorted(folder.glob(KEPT)) if declared.state else ():
        try:
            stack: StackResources | MissingInput = read(file)
        except NoResourcesError:
            continue
        except (OSError, ValueError) as mistake:
            stack = MissingInput(id=file.name, what=str(file.relative_to(folder)), why=str(mistake), at=file.name)
        yield file.relative_to(folder).parts[0], file, stack


def stacks_of(declared: Snapshot) -> Iterator[Snapshot]:
    """The planned view of every stack of a lab, as Pulumi keeps it. A lab without any is a gap, no pass."""
    there = False
    for location, _, stack in kept(declared):
        there = True
        if isinstance(stack, MissingInput):
            yield Snapshot(view="planned", location=location, missing_inputs=(stack,))
        else:
            yield planned(stack.resources, declared, location)
    if not there:
        yield Snapshot(
            view="planned", missing_inputs=(MissingInput(id="stacks", what=declared.state or "-", why="no-stack"),)
        )


def _is_log(text: str) -> bool:
    """An event log is one JSON document a line, each with a sequence."""
    first = text.lstrip().split("\n", 1)[0]
    try:
        return "sequence" in json.loads(first)
    except ValueError:
        return False


def _of_state(document: Mapping[str, Any]) -> Iterator[PlannedResource]:
    deployment = document["deployment"] if "deployment" in document else document["checkpoint"]["latest"]
    for item in deployment.get("resources") or []:
        if not item.get("delete"):
            yield _resource(item)


def _of_events(text: str) -> Iterator[PlannedResource]:
    """The resources as they will be: of each, what its step makes of it."""
    for line in text.splitlines():
        event = json.loads(line).get("resourcePreEvent")
        if event is None:
            continue
        step = event["metadata"]
        if step["op"] not in GONE and step.get("new"):
            yield _resource(step["new"])


def _resource(state: Mapping[str, Any]) -> PlannedResource:
    """Inputs of a resource, or the outputs of an external one."""
    props = state.get("outputs") if state.get("external") else state.get("inputs")
    provider = str(state.get("provider") or "").rpartition("::")[0]
    depends = state.get("propertyDependencies") or {}
    return PlannedResource(state["urn"], state["type"], props or {}, provider, str(state.get("id") or ""), depends)
