"""`lantu estate`: give and take any view as JSON, and judge it offline."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import inventory
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site

if TYPE_CHECKING:
    from policies.estate import Estate as View
    from policies.findings import Findings

estate = typer.Typer(
    help="A view of the district as JSON. 以 JSON 给出或读入视图", no_args_is_help=True, add_completion=False
)


class Kind(StrEnum):
    DECLARED = "declared"
    PLANNED = "planned"


Which = Annotated[Kind, typer.Option("--view", help="declared: the blueprint; planned: what Pulumi wrote. 视图")]
File = Annotated[
    Path | None,
    typer.Option("--file", help="For planned: a stack's export, a checkpoint, or a preview's event log. Pulumi 的文件"),
]
Given = Annotated[Path, typer.Argument(metavar="FILE", help="A view as `lantu estate dump` wrote it. 视图文件")]
Written = Annotated[
    list[Path] | None,
    typer.Option("--write", help="Also write the findings here: .json .txt .md .sarif .xml; repeatable. 另存发现"),
]


@estate.command("dump")
def dump(
    view: Which = Kind.DECLARED, file: File = None, folder: Estate = None, site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG,
) -> None:  # fmt: skip
    """Writes one view to stdout as JSON. 输出一个视图

    Exit status: 0 written, 2 wrong usage, 4 the blueprint or the file cannot be read.

    \b
    Examples:
      lantu estate dump > declared.json
      lantu estate dump --view planned --file events.json > planned.json
    """
    declared = _declared(folder, site, lab, lang)
    emit((_planned(file, declared, lang) if view is Kind.PLANNED else declared).as_json())


@estate.command("judge")
def judge(
    given: Given, write: Written = None, folder: Estate = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Judges a view from a file against the blueprint, with all rules. 判定一个视图文件

    Exit status: 0 good, 1 denied, 2 wrong usage, 3 waits for a decision, 4 cannot be evaluated.

    \b
    Examples:
      lantu estate judge planned.json
      lantu estate judge planned.json --write gate.sarif --write gate.md --format json
    """
    from policies.estate import Estate as View

    declared = _declared(folder, site, lab, lang)
    try:
        view = View.from_json(json.loads(given.read_text("utf-8")))
    except (OSError, ValueError) as mistake:
        _unreadable(given, mistake, lang)
    told(_judged(view, declared), write or [], lang, output)


def told(findings: Findings, write: list[Path], lang: Lang, output: Format) -> NoReturn:
    """Says what was found, writes what is wished, and leaves with the verdict's status."""
    from policies import outputs

    document = findings.as_json()
    for path in write:
        try:
            outputs.write(document, path, word(lang))
        except ValueError as mistake:
            say(str(mistake))
            leave(Exit.USAGE)
    if output is Format.JSON:
        emit(document)
    else:
        typer.echo(findings.text(word(lang)))
    leave(Exit(int(findings.verdict)))
    raise AssertionError("left above")


def _judged(view: View, declared: View) -> Findings:
    from policies.case import Case
    from policies.engine import judge as judge_case
    from policies.rules import RULES

    against = view if view.view == "declared" else declared
    return judge_case(Case(view, against, date.today()), RULES.values())


def _declared(folder: Path | None, site: str, lab: str, lang: Lang) -> View:
    from policies.views.declared import declared

    loaded = inventory.load(folder, site)
    if loaded.blueprint is None:
        for problem in loaded.problems:
            say(problem.line(word(lang)))
        leave(Exit.NOT_EVALUATED)
    assert loaded.blueprint is not None
    return declared(loaded.blueprint, date.today(), lab)


def _planned(file: Path | None, declared: Any, lang: Lang) -> View:
    from policies.gate import Gate
    from policies.views.planned import planned
    from policies.views.sources import read

    if file is None:
        say("planned 视图需要 --file" if lang is Lang.ZH else "the planned view needs --file")
        leave(Exit.USAGE)
    assert file is not None
    try:
        stack = read(file)
    except (OSError, ValueError) as mistake:
        _unreadable(file, mistake, lang)
    return planned(stack.resources, declared, Gate.of({}, stack.name, stack.project).place)


def _unreadable(file: Path, mistake: Exception, lang: Lang) -> NoReturn:
    say(f"{file} 无法读取：{mistake}" if lang is Lang.ZH else f"{file} cannot be read: {mistake}")
    leave(Exit.NOT_EVALUATED)
    raise AssertionError("left above")
