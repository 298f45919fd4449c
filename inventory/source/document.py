"""A file as plain data, with the source location of every key and value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from inventory.source.location import SourceLocation

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
Step = str | int
Steps = tuple[Step, ...]


@dataclass(slots=True)
class Document:
    """A file as data, with source locations by path from the root."""

    file: str
    data: Any = None
    raw: bytes = b""
    readable: bool = False
    """Whether `data` is the whole file. If not, missing data means nothing."""
    values: dict[Steps, SourceLocation] = field(default_factory=dict)
    keys: dict[Steps, SourceLocation] = field(default_factory=dict)
    refused: set[Steps] = field(default_factory=set)
    """Paths whose value was refused and reported while reading."""

    def location(self, path: Steps) -> SourceLocation:
        """Source location of the value at `path`; if it is absent, of its nearest parent."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, SourceLocation(self.file, 1, 1))

    def key(self, path: Steps) -> SourceLocation:
        return self.keys.get(path) or self.location(path)


def lines_of(text: str) -> list[str]:
    """The lines of a file as YAML counts them."""
    return LINE_BREAK.split(text)


def location_after(text: str, file: str) -> SourceLocation:
    """Source location of the end of `text`, which the file begins with."""
    before = lines_of(text)
    return SourceLocation(file, len(before), len(before[-1]) + 1)


def location_at(mark: Any, file: str) -> SourceLocation:
    """Source location of a mark of the YAML parser, which counts from 0."""
    return SourceLocation(file, mark.line + 1, mark.column + 1)
