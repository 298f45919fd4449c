"""How a verb tells what the gate found: on the terminal, as one JSON document, and in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from lantu.console import PAGE, Exit, Format, Lang, emit, leave, say, word

if TYPE_CHECKING:
    from policies.gate.core.findings import Findings

Written = Annotated[
    list[Path] | None,
    typer.Option("--write", help="Also write the findings here: .json .txt .md .sarif .xml; repeatable. 另存发现"),
]


def written(write: list[Path] | None) -> None:
    """Refuses, before anything is looked at, a file that could not be written in the end."""
    from policies.gate.outputs.render import ENDINGS

    for path in write or ():
        if path.suffix not in ENDINGS:
            say(f"--write {path}: {' '.join(ENDINGS)}")
            leave(Exit.USAGE)
        if not path.absolute().parent.is_dir():
            say(f"--write {path}: 没有这个目录 no such folder")
            leave(Exit.USAGE)


def told(
    findings: Findings,
    write: list[Path] | None,
    lang: Lang,
    output: Format,
    document: dict[str, Any] | None = None,
    code: Exit | None = None,
) -> NoReturn:
    """Says what was found, writes what is wished, and leaves with the verdict's status.

    `document` stands on stdout in place of the findings document, where a verb has one of its own; `code` is then its
    status.
    """
    from policies.gate.outputs import render as outputs

    found = findings.as_json()
    for path in write or ():
        try:
            outputs.write(found, path, word(lang))
        except OSError as mistake:
            say(f"--write {path}: {mistake.strerror}")
            leave(Exit.NOT_EVALUATED)
    if output is Format.JSON:
        emit(document or found)
    else:
        typer.echo(text(findings, lang, found), nl=False)
    leave(Exit(int(findings.verdict)) if code is None else code)
    raise AssertionError("left above")


def text(findings: Findings, lang: Lang, document: dict[str, Any] | None = None) -> str:
    """The findings as wide as the terminal is, coloured where it is one; what says the same is told once.

    `document` is theirs, where it was made before.
    """
    from policies.gate.outputs.text import render

    terminal = sys.stdout.isatty()
    width = os.get_terminal_size(sys.stdout.fileno()).columns if terminal else PAGE
    colour = terminal and "NO_COLOR" not in os.environ
    grouped = [item.as_json() for item in findings.grouped()]
    return render(document or findings.as_json(), word(lang), width, colour, grouped)
