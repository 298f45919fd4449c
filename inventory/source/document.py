"""One file as plain data with positions: what reading gives, and what everything after it asks for places."""

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
    """One file as data, with the place of every value and of every key, by path from the root."""

    file: str
    data: Any = None
    raw: bytes = b""
    readable: bool = False
    """Whether `data` is all that the file says; where not, nothing may be concluded from what it lacks."""
    values: dict[Steps, SourceLocation] = field(default_factory=dict)
    keys: dict[Steps, SourceLocation] = field(default_factory=dict)
    refused: set[Steps] = field(default_factory=set)
    """Paths whose value was refused while reading, and told."""

    def location(self, path: Steps) -> SourceLocation:
        """Where the value at `path` stands; where it is absent, where its nearest parent stands."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, SourceLocation(self.file, 1, 1))

    def key(self, path: Steps) -> SourceLocation:
        return self.keys.get(path) or self.location(path)


def lines_of(text: str) -> list[str]:
    """The lines of a file as YAML counts them."""
    return LINE_BREAK.split(text)


def location_after(text: str, file: str) -> SourceLocation:
    """The position behind a text that a file begins with."""
    before = lines_of(text)
    return SourceLocation(file, len(before), len(before[-1]) + 1)


def location_at(mark: Any, file: str) -> SourceLocation:
    """The position that the YAML parser's mark tells; it counts from 0."""
    return SourceLocation(file, mark.line + 1, mark.column + 1)
