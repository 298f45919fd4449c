"""Output of the gate's findings: on the terminal, as one JSON document, and in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from inventory.texts.text import Text
from lantu.console import PAGE, Exit, Format, Lang, default_lang, emit, leave, say, word

if TYPE_CHECKING:
    from policies.gate.core.findings import Findings

NO_FOLDER = Text("没有这个目录", "no such folder")
Written = Annotated[
    list[Path] | None,
    typer.Option(
        "--write", help="Also write the findings to this .json .txt .md .sarif or .xml file; repeatable. 另存检查结果"
    ),
]


def require_writable(write: list[Path] | None) -> None:
    """End with a usage error, before any work, if a file could not be written."""
    from policies.gate.outputs.render import ENDINGS

    for path in write or ():
        if path.suffix not in ENDINGS:
            say(f"--write {path}: {' '.join(ENDINGS)}")
            leave(Exit.USAGE)
        if not path.absolute().parent.is_dir():
            say(f"--write {path}: {NO_FOLDER.say(word(default_lang()))}")
            leave(Exit.USAGE)


def report(
    findings: Findings,
    write: list[Path] | None,
    lang: Lang,
    output: Format,
    document: dict[str, Any] | None = None,
    code: Exit | None = None,
) -> NoReturn:
    """Print the findings, write the files of --write, and end with the verdict's status.

    With --format json, `document` is printed in place of the findings document; `code` replaces the verdict's status.
    """
    from policies.gate.outputs import render as outputs

    findings_document = findings.as_json()
    for path in write or ():
        try:
            outputs.write(findings_document, path, word(lang))
        except OSError as error:
            say(f"--write {path}: {error.strerror}")
            leave(Exit.NOT_EVALUATED)
    if output is Format.JSON:
        emit(document or findings_document)
    else:
        typer.echo(text(findings, lang, findings_document), nl=False)
    leave(Exit(int(findings.verdict)) if code is None else code)


def text(findings: Findings, lang: Lang, document: dict[str, Any] | None = None) -> str:
    """The findings as text, as wide as the terminal and coloured if there is one; equal findings are grouped.

    `document` is `findings.as_json()` if the caller has it.
    """
    from policies.gate.outputs.text import render

    terminal = sys.stdout.isatty()
    width = os.get_terminal_size(sys.stdout.fileno()).columns if terminal else PAGE
    colour = terminal and "NO_COLOR" not in os.environ
    grouped = [item.as_json() for item in findings.grouped()]
    return render(document or findings.as_json(), word(lang), width, colour, grouped)
