"""`lantu schema`: the blueprint's shapes for editors, and the shape of what the gate finds for other programs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inventory.loading.schema import FOLDER, modeline, write
from lantu.console import Exit, Format, Lang, emit, leave, say
from lantu.options import DEFAULT_LANG, Language, Output


class Of(StrEnum):
    BLUEPRINT = "blueprint"
    FINDINGS = "findings"


What = Annotated[Of, typer.Option("--of", help="blueprint: its files; findings: one document, to stdout. 哪一种")]
Into = Annotated[Path, typer.Option("--into", help="Folder to write. 写到哪个目录", show_default="inventory/schemas")]
USE = {
    Lang.ZH: "写出 {count} 个 JSON Schema 到 {folder}\n"
    "编辑器（用 yaml-language-server 的 VS Code、Vim、Emacs 等）从文件首行得知所用的 Schema：\n  {line}",
    Lang.EN: "wrote {count} JSON Schemas to {folder}\n"
    "Editors with yaml-language-server (VS Code, Vim, Emacs and others) find them by a file's first line:\n  {line}",
}


def schema(
    of: What = Of.BLUEPRINT, into: Into = FOLDER, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT
) -> None:
    """Write the JSON Schema of every file of a blueprint, so that editors complete and check it. 写出 JSON Schema

    With --of findings: of the findings that check, audit and estate judge give as JSON (lantu.findings/1).

    Exit status: 0 written, 1 the folder cannot be written, 2 wrong usage.

    \b
    Examples:
      lantu schema
      lantu schema --into ~/blueprints/schemas
      lantu schema --of findings > findings.schema.json
    """
    if of is Of.FINDINGS:
        from policies.gate.outputs.render import SHAPE

        emit(json.loads(SHAPE.read_text("utf-8")))
        return
    try:
        paths = write(into)
    except OSError as mistake:
        say(f"{into}: {mistake.strerror}")
        leave(Exit.DENIED)
    if output is Format.JSON:
        emit({"schema": 1, "folder": str(into), "files": [path.name for path in paths]})
        return
    line = modeline(into.resolve(), Path("zones.yaml"))
    typer.echo(USE[lang].format(count=len(paths), folder=into, line=line))
