"""`lantu snapshot`: write any view of the district as JSON, and evaluate the rules on such a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inventory.texts.text import Text
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.context import right
from lantu.gate_report import Written, report, require_writable
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site
from lantu.views import ViewKind, declared_of, evaluated, looked

if TYPE_CHECKING:
    from policies.gate.model.snapshot import Snapshot as View

ONE_VIEW = Text("每次只能导出一个视图；planned 视图需要 --from", "dump one view at a time; planned needs --from")
app = typer.Typer(
    help="Dump and evaluate snapshots of the district. 导出或评估快照", no_args_is_help=True, add_completion=False
)
Which = Annotated[
    ViewKind,
    typer.Option("--view", help="declared: the blueprint; planned: a file of Pulumi; running: what is running. 视图"),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--from", "--file", help="For planned: a stack's export, a checkpoint, or a preview's event log. Pulumi 的文件"
    ),
]
Given = Annotated[Path, typer.Argument(metavar="FILE", help="Output of `lantu snapshot dump`. 快照文件")]


@app.command("dump")
def dump(
    view: Which = ViewKind.DECLARED, file: File = None, folder: Directory = None, site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG,
) -> None:  # fmt: skip
    """Write the snapshot of one view to stdout as JSON. 导出一个视图的快照

    Exit status: 0 written, 2 usage error, 4 the blueprint or the file cannot be read.

    \b
    Examples:
      lantu snapshot dump > declared.json
      lantu snapshot dump --view planned --from events.json > planned.json
      lantu snapshot dump --view running --lab mine > running.json
    """
    if view is ViewKind.ALL or (view is ViewKind.PLANNED and file is None):
        say(ONE_VIEW.say(word(lang)))
        leave(Exit.USAGE)
    declared = _declared(folder, site, lab, lang)
    emit(looked(view, declared, lab, date.today(), lang, file)[0].as_json())


@app.command("evaluate")
def evaluate(
    given: Given, write: Written = None, folder: Directory = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Evaluate all rules on a snapshot from a file. 评估一个快照文件

    Exit status: 0 passed, 1 denied, 2 usage error, 3 waiting for approval, 4 cannot be evaluated.

    \b
    Examples:
      lantu snapshot evaluate planned.json
      lantu snapshot evaluate planned.json --write gate.sarif --write gate.md --format json
    """
    require_writable(write)
    declared, day = _declared(folder, site, lab, lang, output), date.today()
    report(evaluated(looked(ViewKind.DECLARED, declared, lab, day, lang, given), declared, day), write, lang, output)


def _declared(folder: Path | None, site: str, lab: str, lang: Lang, output: Format = Format.JSON) -> View:
    return declared_of(right(folder, site, lang, output), lab, date.today())
