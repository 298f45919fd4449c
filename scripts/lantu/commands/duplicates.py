"""`lantu duplicates`: compares an application, or a whole register, with a register of systems.

Exit status: check 0 no block, 1 block; score 0 regardless of verdicts; both 2 usage error, 4 an input cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lantu.console import Exit, Format, emit, leave, say
from lantu.json_group import group
from policies.duplicates import check as checking
from policies.duplicates import reading, report, stored
from policies.duplicates.entry import Entry, Remark, Unreadable
from policies.duplicates.evidence import Lang
from policies.duplicates.groups import groups


def refusal(*remarks: Remark) -> report.Document:
    """The document of a run that could not compare anything, with the reasons."""
    why = [{"at": r.at, "zh": r.zh, "en": r.en} for r in remarks]
    return {"schema": report.SCHEMA, "compared": 0, "pairs": [], "error": why}


app = typer.Typer(
    cls=group(lambda why: refusal(Remark(True, "command line", f"用法有误：{why}", why))),
    help="Find systems that duplicate others in the register. 重复建设比对",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Languages(StrEnum):
    ZH = "zh"
    EN = "en"
    BOTH = "both"


REGISTER = typer.Option("--register", help="Register: YAML, JSON, CSV or xlsx, a file or a directory. 总目录文件或目录")
FORMAT = typer.Option("--format", help="json: one document on stdout, nothing else. 输出格式")
LANG = typer.Option("--lang", help="Language of the text. 语言")


@app.command()
def check(
    register: Annotated[Path, REGISTER],
    application: Annotated[
        Path | None,
        typer.Option("--application", help="Application; default: compare all systems with each other. 申报的系统"),
    ] = None,
    group: Annotated[
        int | None,
        typer.Option("--group", min=1, help="Without --application: show the pairs of this group. 展开一组"),
    ] = None,
    format: Annotated[Format, FORMAT] = Format.TEXT,
    lang: Annotated[Languages, LANG] = Languages.BOTH,
) -> None:
    """Compare an application with the register, or all systems of the register with each other, in groups.

    Exit status: 0 no block, 1 block, 2 usage error, 4 an input cannot be read.

    Example: lantu duplicates check --register inventory/pengjiang/systems.yaml --application new.yaml --format json
    """
    if group and application:
        raise typer.BadParameter("--group requires a register compared with itself: omit --application")
    try:
        finder, remarks = stored.prepare(register, say)
        applied = reading.read(application) if application else reading.Register((), ())
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    _warn((*remarks, *applied.remarks))
    if application:
        result = _checked(finder, applied.entries)
        _show(report.document(result.verdicts, result.compared, result), format, lang)
    else:
        result = checking.check_register(finder, checking.timed(_progress))
        _show_register(result, group, format, lang)
    leave(Exit.DENIED if result.blocked else Exit.SUCCESS)


@app.command()
def score(
    register: Annotated[Path, REGISTER],
    pairs: Annotated[Path, typer.Option("--pairs", help="CSV with heading a,b and two ids per line. 待评分的编号对")],
    format: Annotated[Format, FORMAT] = Format.JSON,
    lang: Annotated[Languages, LANG] = Languages.BOTH,
) -> None:
    """Score every pair of the file; print one result per pair, in order, regardless of verdicts.

    Exit status: 0, 2 usage error, 4 an input cannot be read.

    Example: lantu duplicates score --register systems.csv --pairs pairs.csv --format json
    """
    try:
        entries = reading.read(register)
        id_pairs = reading.read_pairs(pairs)
        _known(id_pairs, {e.id for e in entries.entries}, pairs)
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    _warn(entries.remarks)
    _show(report.document(checking.score(entries.entries, id_pairs), len(id_pairs)), format, lang)


def _checked(finder: checking.Finder, entries: Iterable[Entry]) -> checking.CheckResult:
    """One result for all applications of a file."""
    results = [checking.check_application(finder, entry) for entry in entries]
    more = {id_: count for r in results for id_, count in r.more.items()}
    return checking.CheckResult(
        max((r.compared for r in results), default=len(finder.profiles)),
        tuple(j for r in results for j in r.verdicts),
        sum(r.looked_at for r in results),
        more,
    )


def _known(pairs: list[tuple[str, str]], ids: set[str], path: Path) -> None:
    missing = [
        Remark(
            True, f"{path}:{line}", f"总目录中没有编号 {id_ or '（空）'}", f"the register has no id {id_ or '(empty)'}"
        )
        for line, pair in enumerate(pairs, 2)
        for id_ in pair
        if id_ not in ids
    ]
    if missing:
        raise Unreadable(missing[: reading.MOST_REMARKS])


def _show_register(result: checking.CheckResult, number: int | None, format: Format, lang: Languages) -> None:
    """Print the groups of a register compared with itself, or the pairs of one group."""
    grouped = groups(result.verdicts)
    if number and number > len(grouped):
        raise typer.BadParameter(f"there are {len(grouped)} groups, no group {number}")
    if number:
        chosen = [grouped[number - 1]]
        _show(report.document(chosen[0].pairs, result.compared, None, chosen), format, lang)
    elif format is Format.JSON:
        emit(report.document(result.verdicts, result.compared, result, grouped))
    else:
        sys.stdout.write(report.page(result, grouped, _langs(lang)) + "\n")


def _langs(lang: Languages) -> tuple[Lang, ...]:
    return {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}[lang.value]  # type: ignore[return-value]  # literals


def _show(doc: report.Document, format: Format, lang: Languages) -> None:
    if format is Format.JSON:
        emit(doc)
        return
    sys.stdout.write(report.text(doc, _langs(lang)) + "\n")


def _warn(remarks: Iterable[Remark]) -> None:
    for r in remarks:
        say(f"warning: {r.at}: {r.en} / {r.zh}")


def _unreadable(remarks: list[Remark], format: Format) -> None:
    for r in remarks:
        say(f"error: {r.at}: {r.en} / {r.zh}")
    if format is Format.JSON:
        emit(refusal(*remarks))
    leave(Exit.NOT_EVALUATED)


def _progress(done: int, of: int) -> None:
    say(f"{done} of {of} systems compared / 已比对 {done}/{of}")
