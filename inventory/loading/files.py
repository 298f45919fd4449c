"""Reads a file into a document. Unreadable files and invalid YAML become problems with a source location."""

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
"""Size limit of a file in bytes; a district of ten thousand hosts is smaller."""
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow; a byte order mark is removed first."""
BYTE_ORDER_MARK = "\ufeff"
TOO_LARGE = Text("文件过大", "the file is too large")
READABLE = Text(f"可读的文件，最大 {LARGEST >> 20} MiB", f"a readable file of at most {LARGEST >> 20} MiB")


def read(path: Path, shown_as: str, problems: list[Problem]) -> Document:
    """Reads one file. YAML problems are added to `problems`; the rest of the file is still read."""
    document = Document(shown_as)
    text = _text(path, document, problems)
    if text is None:
        return document
    try:
        document.readable = build(text, document, problems)
    except yaml.YAMLError as error:
        at = _location_in(text, mark_of(error), shown_as)
        problems.append(Problem("BP002", at, {"value": syntax_words(error, text)}))
    return document


def _text(path: Path, document: Document, problems: list[Problem]) -> str | None:
    """The file's text without a byte order mark; None with a problem if it cannot be read."""
    at = SourceLocation(document.file)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise NotAFileError
        with path.open("rb") as file:
            document.raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        problems.append(Problem("BP001", at, {"value": _reason(error), "expected": READABLE}))
        return None
    if len(document.raw) > LARGEST:
        problems.append(Problem("BP001", at, {"value": TOO_LARGE, "expected": READABLE}))
        return None
    try:
        text = document.raw.decode().removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = document.raw[: error.start].decode().removeprefix(BYTE_ORDER_MARK)
        byte = document.raw[error.start]
        value = Text(f"字节 0x{byte:02x} 不是 UTF-8", f"byte 0x{byte:02x} is not UTF-8")
        problems.append(Problem("BP002", location_after(before, document.file), {"value": value}))
        return None
    return _printable(text, document, problems)


def _printable(text: str, document: Document, problems: list[Problem]) -> str | None:
    match = UNPRINTABLE.search(text)
    if match is None:
        return text
    name = f"U+{ord(match[0]):04X}"
    value = Text(f"不允许的字符 {name}", f"character {name} is not allowed")
    problems.append(Problem("BP002", location_after(text[: match.start()], document.file), {"value": value}))
    return None


def _location_in(text: str, mark: Any, file: str) -> SourceLocation:
    """Where the parser stopped. It counts one line too many if the last line has no line end."""
    lines = lines_of(text)
    if mark is None or mark.line >= len(lines):
        return SourceLocation(file, len(lines), len(lines[-1]) + 1)
    return location_at(mark, file)


def _reason(error: OSError | ValueError) -> Text:
    for kind, phrase in REASONS.items():
        if isinstance(error, kind):
            return phrase
    return Text(f"系统报告：{error}", f"the system reports: {error}")


class NotAFileError(OSError):
    """A pipe or a device; reading it may not end."""


REASONS: dict[type[Exception], Text] = {
    FileNotFoundError: Text("文件不存在", "the file does not exist"),
    IsADirectoryError: Text("这是目录", "it is a directory"),
    NotADirectoryError: Text("上级路径不是目录", "a parent in its path is not a directory"),
    NotAFileError: Text("这不是普通文件", "it is not a regular file"),
    PermissionError: Text("没有读取权限", "permission denied"),
}
