"""Verbs that promise one JSON document on stdout whatever happens, wrong usage too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from lantu.console import Format, asks, emit, told_failure

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
                code = told_failure(problem)
                emit(refusal(_sentence(problem)))
                raise typer.Exit(int(code)) from problem

    return OneDocument


def _json(words: list[str]) -> bool:
    return asks(words, Format.JSON) or (words[0] in ALWAYS and not asks(words, Format.TEXT))


def _sentence(problem: Exception) -> str:
    said = getattr(problem, "format_message", None)
    return str(said() if callable(said) else problem) or type(problem).__name__
