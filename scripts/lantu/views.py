"""Snapshots of a district by view (declared, planned, running), and the evaluation of the rules on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from inventory.texts.text import Text
from lantu.console import Exit, Lang, leave, say, word
from lantu.context import never_built

if TYPE_CHECKING:
    from datetime import date

    from inventory.model.blueprint import Blueprint
    from policies.gate.core.findings import Findings
    from policies.gate.model.snapshot import Snapshot as View

NAMESPACES = Path("/run/netns")
UNREADABLE = Text("{file} 无法读取：{reason}", "{file} cannot be read: {reason}")


class ViewKind(StrEnum):
    """One view, or all three."""

    DECLARED = "declared"
    PLANNED = "planned"
    RUNNING = "running"
    ALL = "all"


From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Read the snapshot from a file: output of `lantu snapshot dump`, or for planned a stack's export, "
        "a checkpoint or a preview's event log. 从文件读取快照",
    ),
]


def declared_of(blueprint: Blueprint, lab: str, day: date) -> View:
    from policies.gate.views.declared.snapshot import declared

    return declared(blueprint, day, lab)


def looked(
    kind: ViewKind, declared: View, lab: str, day: date, lang: Lang, file: Path | None = None, hosts: bool = False
) -> list[View]:
    """The snapshots of one view. If there is no such lab or the file cannot be read, print the reason and end."""
    from lab.paths import Lab

    if kind is not ViewKind.DECLARED and file is None and not Lab(lab).state.exists():
        never_built(lab, lang)
    try:
        return list(views_of(kind, declared, lab, day, file, hosts))
    except (OSError, ValueError) as error:
        assert file is not None, error
        unreadable(file, error, lang)


def views_of(
    kind: ViewKind, declared: View, lab: str, day: date, file: Path | None, hosts: bool = False
) -> Iterator[View]:
    """The snapshots of one view; planned has one for each stack. Changes nothing.

    ValueError or OSError with the reason if `file` cannot be read.
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
    """What runs now. Needs root; what cannot be read becomes a missing input of the snapshot."""
    from lab.paths import Lab

    from inventory.model.zones import LocationId
    from policies.gate.ungated_changes import with_ungated_changes
    from policies.gate.views.running.snapshot import running

    locations = {str(location): Lab(lab).location(location.value) for location in LocationId}
    spaces = {name: NAMESPACES / location.namespace for name, location in locations.items()}
    configs = {name: location.state / "ssh" / "config" for name, location in locations.items()} if hosts else {}
    return with_ungated_changes(running(declared, spaces, configs), declared, day)


def from_file(file: Path, declared: View) -> View:
    """A snapshot that was dumped, or the planned snapshot of a file that Pulumi wrote."""
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
    """The findings of all rules on these snapshots."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES

    each = [
        evaluate(Context(view, view if view.view == ViewKind.DECLARED else declared, day), RULES.values())
        for view in views
    ]
    return reduce(lambda findings, more: findings.with_(more), each).settled()


def unreadable(file: Path, error: Exception, lang: Lang) -> NoReturn:
    reason = getattr(error, "strerror", None) or str(error)
    say(UNREADABLE.fill(file=file, reason=reason).say(word(lang)))
    leave(Exit.NOT_EVALUATED)
