"""`lantu rules`: the catalogue of the gate, and one rule with its examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lantu.console import Exit, Format, Lang, emit, leave, say, tables, word
from lantu.options import DEFAULT_LANG, Language, Output

rules = typer.Typer(no_args_is_help=False, invoke_without_command=True, add_completion=False)
Name = Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, like NET-001. 规则编号")]
CASES = Path(__file__).resolve().parents[2] / "tests" / "policies" / "cases"


@rules.callback()
def list_(context: typer.Context, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """Lists every rule: id, severity, title, basis, leaks, who may waive it. 列出全部规则

    Exit status: 0 listed, 2 wrong usage.

    \b
    Examples:
      lantu rules
      lantu rules --lang zh --format json
      lantu rules show NET-001
    """
    if context.invoked_subcommand is not None:
        return
    from policies.catalogue import entries

    found = entries()
    if output is Format.JSON:
        emit({"schema": "lantu.rules/1", "rules": found})
        return
    tables().print(_table(found, lang))


def _table(found: list[dict[str, Any]], lang: Lang) -> Any:
    from rich.table import Table

    from policies import words

    names = ("rule", "level", "title", "basis", "leaks", "waiver")
    table = Table(*(words.word("column", name, word(lang)) for name in names))
    for one in found:
        basis = "; ".join(clause["cited"][word(lang)] for clause in one["basis"])
        severity = words.word("severity", one["severity"], word(lang))
        table.add_row(
            one["id"], severity, one["texts"][word(lang)]["title"], basis, " ".join(one["leaks"]), _waiver(one, lang)
        )
    return table


def _waiver(one: dict[str, Any], lang: Lang) -> str:
    from policies.outputs.common import waiver

    return waiver(one, word(lang))


@rules.command("show")
def show(name: Name, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """Explains one rule: what it says, on which clause it stands, and its examples. 说明一条规则

    Exit status: 0 shown, 2 no such rule.

    \b
    Examples:
      lantu rules show NET-001
      lantu rules show ISO-003 --lang zh
    """
    from policies.catalogue import entry
    from policies.pages import page
    from policies.rules import RULES

    if name not in RULES:
        say(f"没有规则 {name}" if lang is Lang.ZH else f"no rule {name}")
        leave(Exit.USAGE)
    if output is Format.JSON:
        emit({"schema": "lantu.rule/1", **entry(RULES[name]), "examples": examples(name)})
        return
    typer.echo(page(entry(RULES[name]), examples(name), word(lang)))


def examples(name: str) -> list[str]:
    """The names of the rule's cases, which read as sentences; none where the tests are not here."""
    return [path.stem for path in sorted((CASES / name).glob("*.yaml"))]
