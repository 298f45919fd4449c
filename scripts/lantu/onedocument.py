"""Verbs that promise one JSON document on stdout whatever happens, wrong usage too."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from lantu.console import Exit, emit, say

ALWAYS = frozenset({"score"})
"""Commands that answer in JSON unless text is asked for."""


def group(refusal: Callable[[str], dict[str, Any]]) -> type[TyperGroup]:
    """A group of commands whose every failure is told as the document that `refusal` makes of a sentence."""

    class OneDocument(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            ctx.meta["words"] = list(args)
            return super().parse_args(ctx, args)

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except (typer.Exit, typer.Abort):
                raise
            except Exception as problem:
                if not _json(ctx.meta["words"]):
                    raise
                code = _told(problem)
                emit(refusal(_sentence(problem)))
                raise typer.Exit(int(code)) from problem

    return OneDocument


def _json(words: list[str]) -> bool:
    said = " ".join(words).replace("--format=", "--format ")
    return "--format json" in said or (words[0] in ALWAYS and "--format text" not in said)


def _sentence(problem: Exception) -> str:
    said = getattr(problem, "format_message", None)
    return str(said() if callable(said) else problem) or type(problem).__name__


def _told(problem: Exception) -> Exit:
    show = getattr(problem, "show", None)
    if callable(show) and hasattr(problem, "exit_code"):
        show()
        return Exit.USAGE
    traceback.print_exception(problem)
    say("lantu failed: ours to mend, not yours. 这是 lantu 自身的错误，请附上以上内容报告。")
    return Exit.NOT_EVALUATED
