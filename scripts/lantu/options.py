"""Options that subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lantu.console import Format, Lang, default_lang

Directory = Annotated[
    Path | None,
    typer.Option("--blueprint", help="Folder of the blueprint. 蓝图目录", show_default="inventory/pengjiang"),
]
Site = Annotated[str, typer.Option("--site", help="Site of the blueprint: lab or production. 站点")]
Lab = Annotated[str, typer.Option("--lab", envvar="LANTU_LAB", help="Name of the lab on this machine. 实验环境名称")]
Language = Annotated[Lang, typer.Option("--lang", help="Language of messages. 语言", show_default="the locale's")]
Output = Annotated[Format, typer.Option("--format", help="json: one document on stdout, nothing else. 输出格式")]
BlueprintDir = Directory  # until the last subcommand has the new name

DEFAULT_SITE = "lab"
DEFAULT_LAB = "lab"
DEFAULT_LANG = default_lang()
