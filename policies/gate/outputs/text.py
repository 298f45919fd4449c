"""Terminal output: blocks on a narrow terminal, a table on a wide one, colour if requested."""

from __future__ import annotations

from io import StringIO
from typing import Any, Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from inventory.texts.text import Lang
from policies.gate.core.texts import word
from policies.gate.outputs.common import MARKS, clauses, headline, level_word, locations, said, scope, waiver

COLOURS = {"deny": "bold red", "major": "bold magenta", "warn": "yellow", "info": "cyan", "to-be-observed": "blue"}
VERDICTS = {"passed": "bold green", "denied": "bold red", "waiting": "bold magenta", "not_evaluated": "bold yellow"}
WIDE = 110
"""Minimum number of columns for a table."""


def render(
    document: dict[str, Any], lang: Lang, width: int = 100, colour: bool = False,
    grouped: list[dict[str, Any]] | None = None,
) -> str:  # fmt: skip
    """The document for a terminal of `width` columns. `grouped` are its findings with similar ones joined, printed in
    their place; counts are those of the document."""
    out = StringIO()
    # print names literally, without rich's markup
    plain = {"markup": False, "emoji": False, "highlight": False}
    system: Literal["standard"] | None = "standard" if colour else None  # independent of TERM
    console = Console(file=out, width=width, force_terminal=colour, color_system=system, **plain)  # type: ignore[arg-type]
    for part in parts(document, lang, width, document["findings"] if grouped is None else grouped):
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def parts(document: dict[str, Any], lang: Lang, width: int, findings: list[dict[str, Any]]) -> list[RenderableType]:
    """The verdict, the scope, then every finding, worst first."""
    head = Text(headline(document, lang), style=VERDICTS[document["verdict"]])
    shown: list[RenderableType] = [head, Text(scope(document, lang), style="dim")]
    if findings and width >= WIDE:
        shown.append(_table(findings, lang))
    else:
        shown += [_block(finding, lang) for finding in findings]
    return shown


def _mark(finding: dict[str, Any], lang: Lang) -> Text:
    level = finding["level"]
    return Text(f"{MARKS[level]} {level_word(level, lang)}", style=COLOURS[level])


def _block(finding: dict[str, Any], lang: Lang) -> RenderableType:
    mark, title = _mark(finding, lang), said(finding, "title", lang)
    head = Text.assemble("\n", mark, "  ", (finding["rule"], "bold"), "  ", title)
    return Group(head, Padding(Group(*(Text(line) for line in _lines(finding, lang))), (0, 0, 0, 2)))


def _lines(finding: dict[str, Any], lang: Lang) -> list[str]:
    lines = [said(finding, "sentence", lang)]
    lines += [f"{word('label', part, lang)}{said(finding, part, lang)}" for part in ("expected", "actual", "remedy")]
    lines += [f"{word('label', 'basis', lang)}{clauses(finding, lang)}"] if finding["basis"] else []
    lines += [f"{word('label', 'waiver', lang)}{waiver(finding, lang)}"]
    return lines + [f"{word('label', 'at', lang)}{location}" for location in locations(finding)]


def _table(findings: list[dict[str, Any]], lang: Lang) -> Table:
    table = Table(show_lines=True, expand=True)
    for name, ratio in (("level", 1), ("rule", 1), ("found", 5), ("remedy_column", 4)):
        table.add_column(word("column", name, lang), ratio=ratio, overflow="fold")
    for finding in findings:
        lines = _lines(finding, lang)
        description = [
            said(finding, "title", lang),
            *(line for line in lines if not line.startswith(word("label", "remedy", lang))),
        ]
        table.add_row(_mark(finding, lang), finding["rule"], "\n".join(description), said(finding, "remedy", lang))
    return table
