"""YAML text -> plain data and positions. Every value knows its line and column; nothing is guessed.

Scalars are read as YAML 1.2's core does (only true/false are booleans, only digits are integers), because a
blueprint must not change its meaning when somebody writes `no` or `22:22`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from inventory.problems import Place, Problem

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+\Z")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Step = str | int


@dataclass(slots=True)
class Document:
    """One file as data, with the place of every value and of every key, by path from the root."""

    file: str
    data: Any = None
    values: dict[tuple[Step, ...], Place] = field(default_factory=dict)
    keys: dict[tuple[Step, ...], Place] = field(default_factory=dict)

    def place(self, path: tuple[Step, ...]) -> Place:
        """Where the value at `path` stands; where it is absent, where its nearest parent stands."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(self.file, 1, 1))

    def key(self, path: tuple[Step, ...]) -> Place:
        return self.keys.get(path) or self.place(path)


def read(path: Path, shown_as: str, problems: list[Problem]) -> Document:
    """Reads one file; what is wrong with it as YAML is added to `problems`, the rest is still read."""
    document = Document(shown_as)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as mistake:
        problems.append(Problem("BP001", Place(shown_as), {"value": _reason(mistake), "expected": shown_as}))
        return document
    try:
        _refuse_aliases(text, document, problems)
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as mistake:
        problems.append(Problem("BP002", _place_of(mistake, shown_as), {"value": _words_of(mistake)}))
        return document
    if root is not None:
        document.data = _build(root, (), document, problems)
    return document


def _refuse_aliases(text: str, document: Document, problems: list[Problem]) -> None:
    if "&" not in text and "*" not in text and "!" not in text:
        return
    for event in yaml.parse(text, Loader=Loader):
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor or tag:
            at = _mark(event.start_mark, document.file)
            problems.append(Problem("BP004", at, {"value": f"&{anchor}" if anchor else str(tag)}))


def _build(node: yaml.Node, path: tuple[Step, ...], into: Document, problems: list[Problem]) -> Any:
    into.values[path] = _mark(node.start_mark, into.file)
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, into, problems))
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*path, index), into, problems) for index, child in enumerate(node.value)]
    return _scalar(node)


def _pairs(
    node: yaml.MappingNode, path: tuple[Step, ...], into: Document, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    for key_node, value_node in node.value:
        at = _mark(key_node.start_mark, into.file)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem("BP008", at, {"value": "key", "expected": "a word"}))
            continue
        step = (*path, key_node.value)
        if step in into.keys:
            problems.append(Problem("BP003", at, {"value": key_node.value}, see=into.keys[step]))
            continue
        into.keys[step] = at
        yield key_node.value, _build(value_node, step, into, problems)


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style:  # quoted or block: always text
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    return float(text) if DECIMAL.match(text) else text


def _mark(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _place_of(mistake: yaml.YAMLError, file: str) -> Place:
    mark = getattr(mistake, "problem_mark", None)
    return Place(file, 1, 1) if mark is None else _mark(mark, file)


def _words_of(mistake: yaml.YAMLError) -> str:
    return str(getattr(mistake, "problem", None) or getattr(mistake, "reason", None) or "unreadable text")


def _reason(mistake: Exception) -> str:
    return mistake.strerror or "unreadable" if isinstance(mistake, OSError) else "not UTF-8 text"
