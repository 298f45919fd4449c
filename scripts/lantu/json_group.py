"""Groups of commands that print one JSON document on stdout in every case, also for a usage error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from lantu.console import Format, asks, emit, told_failure

ALWAYS = frozenset({"score"})
"""Commands that print JSON unless --format text is given."""


def group(refusal: Callable[[str], dict[str, Any]]) -> type[TyperGroup]:
    """A group of commands that prints failures as the document that `refusal` makes of a sentence."""

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
    message = getattr(problem, "format_message", None)
    return str(message() if callable(message) else problem) or type(problem).__name__
