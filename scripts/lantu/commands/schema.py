"""`lantu schema`: JSON Schemas of a blueprint's files for editors, and of the gate's findings for other programs."""

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


What = Annotated[
    Of, typer.Option("--of", help="blueprint: schemas of its files; findings: one schema on stdout. Schema 种类")
]
Into = Annotated[
    Path, typer.Option("--into", help="Directory for the schemas. 输出目录", show_default="inventory/schemas")
]
USE = {
    Lang.ZH: "已将 {count} 个 JSON Schema 写入 {folder}\n"
    "使用 yaml-language-server 的编辑器（VS Code、Vim、Emacs 等）通过文件首行指定 Schema：\n  {line}",
    Lang.EN: "wrote {count} JSON Schemas to {folder}\n"
    "Editors with yaml-language-server (VS Code, Vim, Emacs and others) read it from a file's first line:\n  {line}",
}


def schema(
    of: What = Of.BLUEPRINT, into: Into = FOLDER, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT
) -> None:
    """Write the JSON Schemas of a blueprint's files, for completion and validation in editors. 生成 JSON Schema

    With --of findings: print the schema of findings that check, audit and snapshot evaluate give as JSON.

    Exit status: 0 written, 1 the directory cannot be written, 2 usage error.

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
    except OSError as error:
        say(f"{into}: {error.strerror}")
        leave(Exit.DENIED)
    if output is Format.JSON:
        emit({"schema": 1, "folder": str(into), "files": [path.name for path in paths]})
        return
    line = modeline(into.resolve(), Path("zones.yaml"))
    typer.echo(USE[lang].format(count=len(paths), folder=into, line=line))
