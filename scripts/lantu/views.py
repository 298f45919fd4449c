"""The three views of a district as the verbs ask for them, and what the rules say of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from lantu.console import Exit, Lang, leave, say
from lantu.context import never_built

if TYPE_CHECKING:
    from policies.gate.core.findings import Findings
    from policies.gate.model.snapshot import Snapshot as View

NAMESPACES = Path("/run/netns")


class ViewKind(StrEnum):
    """A view, or all three of them."""

    DECLARED = "declared"
    PLANNED = "planned"
    RUNNING = "running"
    ALL = "all"


From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="A file in place of a look: a view as `lantu snapshot dump` wrote it, or for planned a stack's export, "
        "a checkpoint or a preview's event log. 以文件代替实地查看",
    ),
]


def declared_of(blueprint: Blueprint, lab: str, day: date) -> View:
    from policies.gate.views.declared.snapshot import declared

    return declared(blueprint, day, lab)


def looked(
    kind: ViewKind, declared: View, lab: str, day: date, lang: Lang, file: Path | None = None, hosts: bool = False
) -> list[View]:
    """The views of one kind; ends the verb, with the reason, where there is no such lab or the file is none."""
    from lab.paths import Lab

    if kind is not ViewKind.DECLARED and file is None and not Lab(lab).state.exists():
        never_built(lab, lang)
    try:
        return list(views_of(kind, declared, lab, day, file, hosts))
    except (OSError, ValueError) as mistake:
        assert file is not None, mistake
        unreadable(file, mistake, lang)


def views_of(
    kind: ViewKind, declared: View, lab: str, day: date, file: Path | None, hosts: bool = False
) -> Iterator[View]:
    """The views of one kind; planned are several, one for each stack. Looks, and changes nothing.

    ValueError or OSError with the reason where `file` cannot be read.
    """
    if file is not None:
        yield from_file(file, declared)
        return
    if kind in (ViewKind.DECLARED, ViewKind.ALL):
        yield declared
    if kind in (ViewKind.PLANNED, ViewKind.ALL):
        from policies.gate.views.pulumi_documents import stacks_of

        yield from stacks_of(declared)
    if kind in (ViewKind.RUNNING, ViewKind.ALL):
        yield running_of(declared, lab, day, hosts)


def running_of(declared: View, lab: str, day: date, hosts: bool = False) -> View:
    """What runs now. Needs root; what cannot be asked is a gap in the view."""
    from lab.paths import Lab

    from policies.gate.ungated_changes import with_ungated_changes
    from policies.gate.views.running.snapshot import running

    locations = {str(location): Lab(lab).location(location.value) for location in LocationId}
    spaces = {name: NAMESPACES / location.namespace for name, location in locations.items()}
    configs = {name: location.state / "ssh" / "config" for name, location in locations.items()} if hosts else {}
    return with_ungated_changes(running(declared, spaces, configs), declared, day)


def from_file(file: Path, declared: View) -> View:
    """A view as it was dumped, or the planned view of the stack that Pulumi wrote."""
    from policies.gate.model.snapshot import SCHEMA
    from policies.gate.model.snapshot import Snapshot as View
    from policies.gate.views.pulumi_documents import stack_view

    try:
        document = json.loads(file.read_text("utf-8"))
    except ValueError:
        document = None  # an event log is many documents
    if isinstance(document, dict) and document.get("schema") == SCHEMA:
        return View.from_json(document)
    return stack_view(file, declared)


def evaluated(views: Iterable[View], declared: View, day: date) -> Findings:
    """What all rules say of these views, as one look."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES

    each = [
        evaluate(Context(view, view if view.view == ViewKind.DECLARED else declared, day), RULES.values())
        for view in views
    ]
    return reduce(lambda one, other: one.with_(other), each).settled()


def unreadable(file: Path, mistake: Exception, lang: Lang) -> NoReturn:
    reason = getattr(mistake, "strerror", None) or str(mistake)
    say(f"{file} 无法读取：{reason}" if lang is Lang.ZH else f"{file} cannot be read: {reason}")
    leave(Exit.NOT_EVALUATED)
    raise AssertionError("left above")
