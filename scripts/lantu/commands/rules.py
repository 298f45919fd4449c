"""`lantu rules`: the catalogue of the gate, and one rule with an example."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lantu.console import PAGE, Exit, Format, Lang, emit, leave, say, tables, word
from lantu.options import DEFAULT_LANG, Language, Output

rules = typer.Typer(no_args_is_help=False, invoke_without_command=True, add_completion=False)
Name = Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, like NET-001. 规则编号")]


@rules.callback()
def list_(context: typer.Context, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """List every rule: id, severity, title, basis, escape paths, who may waive it. 列出全部规则

    Exit status: 0 listed, 2 usage error.

    \b
    Examples:
      lantu rules
      lantu rules --lang zh --format json
      lantu rules show NET-001
    """
    if context.invoked_subcommand is not None:
        return
    from policies.gate.catalogue import entries

    rules = entries()
    if output is Format.JSON:
        emit({"schema": "lantu.rules/1", "rules": rules})
        return
    console = tables()
    console.print(_table(rules, lang, console.width))


def _table(rules: list[dict[str, Any]], lang: Lang, width: int) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from policies.gate.core import texts
    from policies.gate.outputs.text import WIDE

    names = ("rule", "level", "title", "basis", "escape_paths", "waiver")[: 6 if width >= WIDE else 3]
    table = Table(box=SIMPLE_HEAD)
    for name in names:
        table.add_column(texts.word("column", name, word(lang)), overflow="fold", no_wrap=name in ("rule", "level"))
    topic = ""
    for item in rules:
        if item["topic"] != topic:
            topic = item["topic"]
            table.add_row(*[""] * len(names))
            table.add_row("", "", Text(texts.word("topic", topic, word(lang)), "bold"))
        basis = "; ".join(clause["cited"][word(lang)] for clause in item["basis"])
        severity = texts.word("severity", item["severity"], word(lang))
        row = (
            item["id"],
            severity,
            item["texts"][word(lang)]["title"],
            basis,
            " ".join(item["escape_paths"]),
            _waiver(item, lang),
        )
        table.add_row(*row[: len(names)])
    return table


def _waiver(entry: dict[str, Any], lang: Lang) -> str:
    from policies.gate.outputs.common import waiver

    return waiver(entry, word(lang))


@rules.command("show")
def show(name: Name, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """Show one rule: its texts, its legal basis, who may waive it, and an example. 说明一条规则

    Exit status: 0 shown, 2 no such rule.

    \b
    Examples:
      lantu rules show NET-001
      lantu rules show ISO-003 --lang zh
    """
    from policies.gate.catalogue import entry, example
    from policies.gate.rule_pages import page
    from policies.gate.rules.registry import RULES

    if name not in RULES:
        say(f"没有规则 {name}" if lang is Lang.ZH else f"no rule {name}")
        leave(Exit.USAGE)
    if output is Format.JSON:
        emit({"schema": "lantu.rule/2", **entry(RULES[name]), "example": example(name)})
        return
    tables(PAGE).print(
        page(entry(RULES[name]), word(lang), example(name)), markup=False, highlight=False, soft_wrap=False
    )
