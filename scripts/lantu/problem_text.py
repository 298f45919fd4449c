"""Problems of a blueprint as people read them: place, code and sentence, the line itself with a caret, what to do."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import typer

from inventory.source.document import lines_of
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from lantu.console import Lang, word

WIDEST = 110
"""Columns of a shown line; a longer one is cut around the caret."""
LABELS = {
    Lang.ZH: {"expected": "应为：", "remedy": "处理：", "see": "另见："},
    Lang.EN: {"expected": "expected: ", "remedy": "remedy: ", "see": "see: "},
}
COUNTS = {Lang.ZH: "{} 处错误，涉及 {} 个文件", Lang.EN: "problems: {}, in files: {}"}


def text(problems: Sequence[Problem], directory: Path, lang: Lang) -> str:
    """All problems, one block each, and how many there are."""
    source = _Source(directory, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    blocks = ["\n".join(source.block(problem, lang)) for problem in problems]
    files = len({problem.at.file for problem in problems})
    return "\n\n".join([*blocks, COUNTS[lang].format(len(problems), files)])


class _Source:
    """The files of a blueprint, read again where one of their lines is shown."""

    def __init__(self, directory: Path, colour: bool) -> None:
        self.directory, self.colour = directory, colour
        self.lines = cache(self._lines)

    def block(self, problem: Problem, lang: Lang) -> Iterator[str]:
        labels = LABELS[lang]
        code = self._painted(problem.code, typer.colors.RED)
        yield f"{self._location(problem.at)} {code} {problem.sentence(word(lang))}"
        yield from self._shown(problem.at)
        yield f"  {labels['expected']}{problem.expected(word(lang))}"
        yield f"  {labels['remedy']}{problem.remedy(word(lang))}"
        if problem.see is not None:
            yield f"  {labels['see']}{self._location(problem.see)}"

    def _location(self, at: SourceLocation) -> str:
        """A place as editors and terminals open it: its path as seen from here."""
        whole = self.directory if at.file == str(self.directory) else self.directory / at.file
        path = os.path.relpath(whole)
        return f"{whole if path.startswith('..') else path}:{at.line}:{at.column}"

    def _shown(self, at: SourceLocation) -> Iterator[str]:
        lines = self.lines(at.file)
        if at.line > len(lines) or not lines[at.line - 1].strip():
            return
        line, column = _cut(lines[at.line - 1], at.column)
        yield f"{at.line:>5} | {_plain(line)}"
        yield f"      | {' ' * _width(line[: column - 1])}{self._painted('^', typer.colors.YELLOW)}"

    def _painted(self, text: str, colour: str) -> str:
        return typer.style(text, fg=colour, bold=True) if self.colour else text

    def _lines(self, file: str) -> list[str]:
        try:
            return lines_of((self.directory / file).read_bytes().decode("utf-8", "replace").removeprefix("\ufeff"))
        except OSError:
            return []


def _cut(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and that column within it."""
    if _width(line) <= WIDEST:
        return line, column
    start = max(0, column - WIDEST // 3)
    end = next(end for end in range(len(line), start, -1) if _width(line[start:end]) <= WIDEST)
    head, tail = "…" if start else "", "…" if end < len(line) else ""
    return head + line[start:end] + tail, column - start + len(head)


def _plain(line: str) -> str:
    """What a terminal would act on is shown as a mark; a tab takes one column, as the caret counts it."""
    return "".join(char if char.isprintable() else "·" for char in line)


def _width(text: str) -> int:
    """Columns on a terminal, where Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
