"""A file -> its document. What cannot be read, or is no YAML, is told with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from inventory.loading.syntax import mark_of, syntax_words
from inventory.loading.tree import build
from inventory.source.document import Document, lines_of, location_after, location_at
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text

LARGEST = 4 * 2**20
"""Bytes of one file; a district of ten thousand hosts stays below it."""
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML allows in no text; a byte order mark is taken off first."""
BYTE_ORDER_MARK = "\ufeff"
TOO_LARGE = Text("文件太大", "it is too large")
READABLE = Text(f"可读的文件，最大 {LARGEST >> 20} MiB", f"a readable file of at most {LARGEST >> 20} MiB")


def read(path: Path, shown_as: str, problems: list[Problem]) -> Document:
    """Reads one file; what is wrong with it as YAML is added to `problems`, the rest is still read."""
    document = Document(shown_as)
    text = _text(path, document, problems)
    if text is None:
        return document
    try:
        document.readable = build(text, document, problems)
    except yaml.YAMLError as mistake:
        at = _location_in(text, mark_of(mistake), shown_as)
        problems.append(Problem("BP002", at, {"value": syntax_words(mistake, text)}))
    return document


def _text(path: Path, document: Document, problems: list[Problem]) -> str | None:
    """The file's text, without a byte order mark; None with a problem where there is no such text."""
    at = SourceLocation(document.file)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise NotAFileError
        with path.open("rb") as file:
            document.raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as mistake:
        problems.append(Problem("BP001", at, {"value": _reason(mistake), "expected": READABLE}))
        return None
    if len(document.raw) > LARGEST:
        problems.append(Problem("BP001", at, {"value": TOO_LARGE, "expected": READABLE}))
        return None
    try:
        text = document.raw.decode().removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as mistake:
        before = document.raw[: mistake.start].decode().removeprefix(BYTE_ORDER_MARK)
        byte = document.raw[mistake.start]
        value = Text(f"字节 0x{byte:02x} 不是 UTF-8", f"byte 0x{byte:02x} is not UTF-8")
        problems.append(Problem("BP002", location_after(before, document.file), {"value": value}))
        return None
    return _printable(text, document, problems)


def _printable(text: str, document: Document, problems: list[Problem]) -> str | None:
    found = UNPRINTABLE.search(text)
    if found is None:
        return text
    name = f"U+{ord(found[0]):04X}"
    value = Text(f"字符 {name} 不能出现在文本中", f"character {name} may not stand in text")
    problems.append(Problem("BP002", location_after(text[: found.start()], document.file), {"value": value}))
    return None


def _location_in(text: str, mark: Any, file: str) -> SourceLocation:
    """Where the parser stopped; it counts a line more where the last one has no end."""
    lines = lines_of(text)
    if mark is None or mark.line >= len(lines):
        return SourceLocation(file, len(lines), len(lines[-1]) + 1)
    return location_at(mark, file)


def _reason(mistake: OSError | ValueError) -> Text:
    for kind, phrase in REASONS.items():
        if isinstance(mistake, kind):
            return phrase
    return Text(f"系统报告：{mistake}", f"the system says: {mistake}")


class NotAFileError(OSError):
    """A pipe or a device: reading it might never end."""


REASONS: dict[type[Exception], Text] = {
    FileNotFoundError: Text("没有这个文件", "there is no such file"),
    IsADirectoryError: Text("这是一个目录", "it is a folder"),
    NotADirectoryError: Text("所在路径不是目录", "its path leads through a file"),
    NotAFileError: Text("这不是普通文件", "it is not a regular file"),
    PermissionError: Text("没有读取权限", "reading it is not permitted"),
}
