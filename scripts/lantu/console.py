"""How verbs speak: one JSON document on stdout where asked, everything for people on stderr or as text; exit codes."""

from __future__ import annotations

import json
import locale
import os
import sys
import traceback
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Exit(IntEnum):
    """What every verb's exit status means."""

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
    """The language as rooms that know nothing of this command line call it."""
    return "zh" if lang is Lang.ZH else "en"


def default_lang() -> Lang:
    """LANTU_LANG, else the machine's locale: Chinese where that is Chinese, else English."""
    chosen = os.environ.get("LANTU_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    chosen = chosen or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return Lang.ZH if chosen.lower().startswith("zh") else Lang.EN


PAGE = 100
"""Columns of a page where nobody looks at a terminal."""
_emitted = False
_said: list[str] = []


def begin() -> None:
    """A run begins: nothing was said yet. One process may run several, as tests do."""
    global _emitted
    _emitted = False
    _said.clear()


def emit(document: Any) -> None:
    """The one JSON document of a run."""
    global _emitted
    _emitted = True
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def say(text: str) -> None:
    """A line for people; never mixed into stdout's JSON."""
    _said.append(text)
    print(text, file=sys.stderr, flush=True)


def emit_ending(code: int, error: str) -> None:
    """The document of a run that ended before it had one of its own: how it ended, and why."""
    if not _emitted:
        emit({"schema": 1, "verdict": Exit(code).name.lower(), "error": error or "\n".join(_said)})


def told_failure(mistake: Exception) -> Exit:
    """Wrong usage is the user's and said in a line; anything else is ours, with a traceback to report."""
    show = getattr(mistake, "show", None)
    if callable(show) and hasattr(mistake, "exit_code"):
        show()
        return Exit.USAGE
    traceback.print_exception(mistake)
    say("lantu failed: ours to mend, not yours. 这是 lantu 自身的错误，请附上以上内容报告。")
    return Exit.NOT_EVALUATED


def asks(words: list[str], form: Format) -> bool:
    """Whether these words of a command line ask for that form of the answer."""
    return f"--format {form}" in " ".join(words).replace("--format=", "--format ")


def tables(width: int = 160) -> Console:
    """Where tables go: as wide as the terminal, and wide enough for everything where there is none."""
    from rich.console import Console  # a tenth of what `lantu check` takes in all

    return Console() if sys.stdout.isatty() else Console(width=width)


def leave(code: Exit) -> None:
    raise typer.Exit(int(code))
