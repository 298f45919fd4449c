"""Output of subcommands: one JSON document on stdout with --format json, messages on stderr, and exit statuses."""

from __future__ import annotations

import json
import locale
import os
import sys
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Exit(IntEnum):
    """Exit statuses of all subcommands."""

    SUCCESS = 0
    DENIED = 1
    USAGE = 2
    WAITING = 3
    NOT_EVALUATED = 4


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class Lang(StrEnum):
    ZH = "zh"
    EN = "en"


def word(lang: Lang) -> Literal["zh", "en"]:
    """The language as packages below this one name it."""
    return "zh" if lang is Lang.ZH else "en"


def default_lang() -> Lang:
    """LANTU_LANG, else the machine's locale: Chinese if that is Chinese, else English."""
    chosen = os.environ.get("LANTU_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    chosen = chosen or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return Lang.ZH if chosen.lower().startswith("zh") else Lang.EN


PAGE = 100
"""Columns of text that does not go to a terminal."""
_emitted = False
_said: list[str] = []


def begin() -> None:
    """Reset the output of an earlier run in this process; tests run several."""
    global _emitted
    _emitted = False
    _said.clear()


def emit(document: Any) -> None:
    """Write the one JSON document of a run."""
    global _emitted
    _emitted = True
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def say(text: str) -> None:
    """Print a message to stderr, so that stdout holds nothing but the JSON document."""
    _said.append(text)
    print(text, file=sys.stderr, flush=True)


def emit_ending(code: int, error: str) -> None:
    """Write a document with the verdict and the error if the run ended before it wrote its own."""
    if not _emitted:
        emit({"schema": 1, "verdict": Exit(code).name.lower(), "error": error or "\n".join(_said)})


def told_failure(error: Exception) -> Exit:
    """Print a usage error in one line, and any other error with the traceback that a bug report needs."""
    show = getattr(error, "show", None)
    if callable(show) and hasattr(error, "exit_code"):
        show()
        return Exit.USAGE
    import traceback  # only internal errors

    traceback.print_exception(error)
    say("lantu: internal error; please report it with the output above. 这是 lantu 的内部错误，请附上以上输出反馈。")
    return Exit.NOT_EVALUATED


def asks(words: list[str], form: Format) -> bool:
    """Whether these arguments select that output format."""
    return f"--format {form}" in " ".join(words).replace("--format=", "--format ")


def tables(width: int = 160) -> Console:
    """A console for tables, as wide as the terminal, or `width` columns if there is none."""
    from rich.console import Console  # slow to import

    return Console() if sys.stdout.isatty() else Console(width=width)


def leave(code: Exit) -> NoReturn:
    """End the run with this status."""
    raise typer.Exit(int(code))
