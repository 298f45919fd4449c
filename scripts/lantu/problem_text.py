"""Problems of a blueprint as text: source location, code, sentence, the line with a caret, and the remedy."""

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
from inventory.texts.text import Text
from lantu.console import Lang, word

WIDEST = 110
"""Columns of a printed line; a longer line is cut around the caret."""
EXPECTED = Text("应为：{text}", "expected: {text}")
REMEDY = Text("处理：{text}", "remedy: {text}")
SEE = Text("另见：{text}", "see: {text}")
COUNTS = Text("{problems} 处错误，涉及 {files} 个文件", "problems: {problems}, in files: {files}")


def text(problems: Sequence[Problem], directory: Path, lang: Lang) -> str:
    """All problems, one block for each, and their number."""
    source = _Source(directory, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    blocks = ["\n".join(source.block(problem, lang)) for problem in problems]
    files = len({problem.at.file for problem in problems})
    return "\n\n".join([*blocks, COUNTS.fill(problems=len(problems), files=files).say(word(lang))])


class _Source:
    """The files of a blueprint, read again for the lines to print."""

    def __init__(self, directory: Path, colour: bool) -> None:
        self.directory, self.colour = directory, colour
        self.lines = cache(self._lines)

    def block(self, problem: Problem, lang: Lang) -> Iterator[str]:
        code = self._painted(problem.code, typer.colors.RED)
        yield f"{self._location(problem.at)} {code} {problem.sentence(word(lang))}"
        yield from self._shown(problem.at)
        yield "  " + EXPECTED.fill(text=problem.expected(word(lang))).say(word(lang))
        yield "  " + REMEDY.fill(text=problem.remedy(word(lang))).say(word(lang))
        if problem.see is not None:
            yield "  " + SEE.fill(text=self._location(problem.see)).say(word(lang))

    def _location(self, at: SourceLocation) -> str:
        """A source location that editors and terminals can open: its path relative to here."""
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
    """The part of a long line around a column, and the column in that part."""
    if _width(line) <= WIDEST:
        return line, column
    start = max(0, column - WIDEST // 3)
    end = next(end for end in range(len(line), start, -1) if _width(line[start:end]) <= WIDEST)
    head, tail = "…" if start else "", "…" if end < len(line) else ""
    return head + line[start:end] + tail, column - start + len(head)


def _plain(line: str) -> str:
    """Replace control characters by a mark; a tab takes one column, as the caret counts it."""
    return "".join(char if char.isprintable() else "·" for char in line)


def _width(text: str) -> int:
    """Columns on a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
