"""Planned resources when Pulumi is not asking: from an exported state, a checkpoint, a preview's event log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from policies.views.planned import Resource

GONE = ("delete", "delete-replaced", "read-discard", "discard-replaced", "remove-pending-replace")
"""Steps after which a resource is not there."""


class Stack(NamedTuple):
    """What a file tells of one stack."""

    name: str
    project: str
    resources: list[Resource]


def read(path: Path) -> Stack:
    """The stack in a file: `pulumi stack export`, a checkpoint of a file backend, or `--event-log` of a preview.

    ValueError with the reason where it is none of them.
    """
    text = path.read_text("utf-8")
    try:
        resources = list(_of_events(text) if _is_log(text) else _of_state(json.loads(text)))
    except (ValueError, KeyError, TypeError, AttributeError) as mistake:
        raise ValueError(f"{path.name}: neither a state nor an event log ({mistake})") from mistake
    if not resources:
        raise ValueError(f"{path.name}: no resources")
    stack, project = resources[0].urn.split("::")[:2]
    return Stack(stack.removeprefix("urn:pulumi:"), project, resources)


def _is_log(text: str) -> bool:
    """An event log is one JSON document a line, each with a sequence."""
    first = text.lstrip().split("\n", 1)[0]
    try:
        return "sequence" in json.loads(first)
    except ValueError:
        return False


def _of_state(document: Mapping[str, Any]) -> Iterator[Resource]:
    deployment = document["deployment"] if "deployment" in document else document["checkpoint"]["latest"]
    for one in deployment.get("resources") or []:
        if not one.get("delete"):
            yield _resource(one)


def _of_events(text: str) -> Iterator[Resource]:
    """The resources as they will be: of each, what its step makes of it."""
    for line in text.splitlines():
        event = json.loads(line).get("resourcePreEvent")
        if event is None:
            continue
        step = event["metadata"]
        if step["op"] not in GONE and step.get("new"):
            yield _resource(step["new"])


def _resource(one: Mapping[str, Any]) -> Resource:
    """Inputs are what was asked for; what was only read has none, and is what it is."""
    props = one.get("outputs") if one.get("external") else one.get("inputs")
    provider = str(one.get("provider") or "").rpartition("::")[0]
    depends = one.get("propertyDependencies") or {}
    return Resource(one["urn"], one["type"], props or {}, provider, str(one.get("id") or ""), depends)
