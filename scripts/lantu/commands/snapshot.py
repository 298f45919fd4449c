"""`lantu snapshot`: give and take any view as JSON, and judge it offline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantu.console import Exit, Format, Lang, emit, leave, say
from lantu.context import right
from lantu.gate_report import Written, told, written
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site
from lantu.views import ViewKind, declared_of, evaluated, looked

if TYPE_CHECKING:
    from policies.gate.model.snapshot import Snapshot as View

app = typer.Typer(
    help="A view of the district as JSON. 以 JSON 给出或读入视图", no_args_is_help=True, add_completion=False
)
Which = Annotated[
    ViewKind,
    typer.Option("--view", help="declared: the blueprint; planned: what Pulumi wrote; running: what runs. 视图"),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--from", "--file", help="For planned: a stack's export, a checkpoint, or a preview's event log. Pulumi 的文件"
    ),
]
Given = Annotated[Path, typer.Argument(metavar="FILE", help="A view as `lantu snapshot dump` wrote it. 视图文件")]


@app.command("dump")
def dump(
    view: Which = ViewKind.DECLARED, file: File = None, folder: Estate = None, site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG,
) -> None:  # fmt: skip
    """Writes one view to stdout as JSON. 输出一个视图

    Exit status: 0 written, 2 wrong usage, 4 the blueprint or the file cannot be read.

    \b
    Examples:
      lantu snapshot dump > declared.json
      lantu snapshot dump --view planned --from events.json > planned.json
      lantu snapshot dump --view running --lab mine > running.json
    """
    if view is ViewKind.ALL or (view is ViewKind.PLANNED and file is None):
        zh = lang is Lang.ZH
        say("一次输出一个视图；planned 视图需要 --from" if zh else "one view at a time, and planned needs --from")
        leave(Exit.USAGE)
    declared = _declared(folder, site, lab, lang)
    emit(looked(view, declared, lab, date.today(), lang, file)[0].as_json())


@app.command("evaluate")
def evaluate(
    given: Given, write: Written = None, folder: Estate = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Judges a view from a file against the blueprint, with all rules. 判定一个视图文件

    Exit status: 0 good, 1 denied, 2 wrong usage, 3 waits for a decision, 4 cannot be evaluated.

    \b
    Examples:
      lantu snapshot evaluate planned.json
      lantu snapshot evaluate planned.json --write gate.sarif --write gate.md --format json
    """
    written(write)
    declared, day = _declared(folder, site, lab, lang, output), date.today()
    told(evaluated(looked(ViewKind.DECLARED, declared, lab, day, lang, given), declared, day), write, lang, output)


def _declared(folder: Path | None, site: str, lab: str, lang: Lang, output: Format = Format.JSON) -> View:
    return declared_of(right(folder, site, lang, output), lab, date.today())
