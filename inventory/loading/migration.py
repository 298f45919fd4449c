"""Keys of the blueprint's files that have been renamed, and the edit that renames them in a file.

Only the key's own characters are replaced, at the position that the document has for it: comments, order, quotes, line
ends and layout stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inventory.model.base import Model
from inventory.model.hosts import HostsFile
from inventory.model.sites import Site
from inventory.model.zones import ZonesFile
from inventory.source.document import LINE_BREAK, Document, Steps
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem

RENAMED: dict[type[Model], dict[tuple[str, ...], str]] = {
    HostsFile: {
        ("hosts", "*", "legs"): "interfaces",
        ("hosts", "*", "place"): "location",
        ("vantages", "*", "place"): "location",
    },
    ZonesFile: {("zones", "*", "place"): "location"},
    Site: {("compensations",): "compensating_controls"},
}
"""File -> path of a key that is no longer used (`*` is any entry of a list) -> the key that replaced it."""
SPELLINGS = re.compile(
    r""" "(?:[^"\\]|\\.)*" | '(?:[^']|'')*' | \w+ | [|>][-+\d]*(?:[ \t]+\#[^\r\n]*)?\s+\w+ """, re.VERBOSE | re.DOTALL
)
"""A key in double quotes, in single quotes, without quotes, or as a block after a question mark."""
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class RenamedKey:
    """A key that a file still uses, and its replacement."""

    at: SourceLocation
    old: str
    new: str


def replacement(model: type[Model], path: Steps) -> str | None:
    """The key that replaced the one at `path` in a file of `model`; None if that key was never renamed."""
    pattern = tuple("*" if isinstance(step, int) else step for step in path)
    return RENAMED.get(model, {}).get(pattern)


def old_key(document: Document, model: type[Model], path: Steps) -> Steps | None:
    """The path of the replaced key that the document has instead of the key at `path`; None if it has none."""
    for pattern, new in RENAMED.get(model, {}).items():
        old: Steps = (*path[:-1], pattern[-1])
        if new == path[-1] and old in document.keys and replacement(model, old) == new:
            return old
    return None


def renamed_key_problem(document: Document, model: type[Model], path: Steps) -> Problem | None:
    """BP081, or BP082 if the document has the new key, too; None if the key at `path` was never renamed."""
    new = replacement(model, path)
    if new is None:
        return None
    values = {"value": path[-1], "expected": new}
    existing = document.keys.get((*path[:-1], new))
    return Problem("BP081" if existing is None else "BP082", document.key(path), values, existing)


def migrate(document: Document, model: type[Model]) -> tuple[bytes, list[RenamedKey], list[Problem]]:
    """The file's bytes with all replaced keys renamed, what was renamed, and the keys that cannot be renamed (BP082).

    The document must have been read without problems.
    """
    renamed, problems = list[RenamedKey](), list[Problem]()
    for path, at in document.keys.items():
        problem = renamed_key_problem(document, model, path)
        if problem is not None and problem.code == "BP081":
            renamed.append(RenamedKey(at, str(path[-1]), problem.values["expected"]))
        elif problem is not None:
            problems.append(problem)
    return _edited(document.raw, renamed), renamed, problems


def _edited(raw: bytes, renamed: list[RenamedKey]) -> bytes:
    """Replaces from the end, so that the positions before stay correct."""
    text = raw.decode()
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    starts = _line_starts(text)
    for key in sorted(renamed, key=lambda key: key.at, reverse=True):
        start = starts[key.at.line - 1] + key.at.column - 1
        spelling = SPELLINGS.match(text, start)
        assert spelling is not None, f"{key.at}: no key {key.old}"
        quote = spelling[0][0] if spelling[0][0] in "\"'" else ""
        text = text[:start] + quote + key.new + quote + text[spelling.end() :]
    return (mark + text).encode()


def _line_starts(text: str) -> list[int]:
    """The offset of each line, as YAML counts lines."""
    return [0, *(line_break.end() for line_break in LINE_BREAK.finditer(text))]
