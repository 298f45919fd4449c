"""YAML's events -> data with places. Aliases are refused and nothing recurses, so no input can grow or go too deep.

Scalars are read as YAML 1.2's core does (only true/false are booleans, only digits are integers), because a
blueprint must not change its meaning when somebody writes `no` or `22:22`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml import events

from inventory.source.document import Document, Steps, location_at
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text

DEEPEST = 12
"""Levels of nesting; the blueprint's own shapes have five."""
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})\Z")
DECIMAL = re.compile(r"[-+]?[0-9]{1,99}\.[0-9]{1,99}\Z")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
COLLECTION = Text("列表或映射", "a list or mapping")


def build(text: str, document: Document, problems: list[Problem]) -> bool:
    """Fills the document from its text; whether its data is the whole file. yaml.YAMLError for broken syntax."""
    builder = _Builder(document, problems)
    started = False
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, events.DocumentStartEvent):
            if started:
                problems.append(Problem("BP036", location_at(event.start_mark, document.file), {"value": "---"}))
                return False
            started = True
        elif not builder.take(event):
            return False
    if document.data is None:
        problems.append(Problem("BP035", SourceLocation(document.file, 1, 1), {"value": document.file}))
        return False
    return True


@dataclass(slots=True)
class _OpenNode:
    """A mapping or list that is being read. `path` is None inside what is thrown away."""

    holder: dict[str, Any] | list[Any]
    path: Steps | None
    key: str | None = None
    """The key that waits for its value."""
    refused: bool = False
    """Whether that key was refused, and its value is thrown away."""

    def wants_key(self) -> bool:
        return isinstance(self.holder, dict) and self.key is None and not self.refused

    def child(self) -> Steps | None:
        """The path of the next value."""
        if self.path is None or self.refused:
            return None
        return (*self.path, len(self.holder) if self.key is None else self.key)

    def put(self, value: Any) -> None:
        if isinstance(self.holder, list):
            self.holder.append(value)
        elif self.key is not None and not self.refused:
            self.holder[self.key] = value
        self.key, self.refused = None, False


class _Builder:
    """Events -> data with places, without recursion."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document, self.problems = document, problems
        self.frames: list[_OpenNode] = []

    def take(self, event: Any) -> bool:
        """One event; False where reading has to end."""
        if isinstance(event, events.NodeEvent):
            self._anchored(event)
        if isinstance(event, events.CollectionEndEvent):
            self._put(self.frames.pop().holder)
        elif isinstance(event, events.CollectionStartEvent):
            return self._open(event)
        elif isinstance(event, events.ScalarEvent | events.AliasEvent):
            self._scalar(event)
        return True

    def _anchored(self, event: Any) -> None:
        """A blueprint says what it means where it means it: no anchors, aliases or tags."""
        anchor, tag = event.anchor, getattr(event, "tag", None)
        if anchor is None and tag is None:
            return
        mark = "*" if isinstance(event, events.AliasEvent) else "&"
        at = location_at(event.start_mark, self.document.file)
        self.problems.append(Problem("BP004", at, {"value": _short(str(tag)) if anchor is None else mark + anchor}))
        path = self._path()
        if path is not None and not (self.frames and self.frames[-1].wants_key()):
            self.document.refused.add(path)

    def _open(self, event: Any) -> bool:
        at = location_at(event.start_mark, self.document.file)
        if len(self.frames) >= DEEPEST:
            self.problems.append(Problem("BP037", at, {"value": len(self.frames) + 1, "expected": DEEPEST}))
            return False
        if self.frames and self.frames[-1].wants_key():
            path = None  # a key has to be a word; the whole pair is thrown away
            self.problems.append(Problem("BP079", at, {"value": COLLECTION}))
        else:
            path = self._seen(at)
        self.frames.append(_OpenNode([] if isinstance(event, events.SequenceStartEvent) else {}, path))
        return True

    def _scalar(self, event: Any) -> None:
        at = location_at(event.start_mark, self.document.file)
        alias = isinstance(event, events.AliasEvent)
        if self.frames and self.frames[-1].wants_key():
            self._key("" if alias else event.value, at, refused=alias)
            return
        self._seen(at)
        self._put(None if alias else _plain(event))

    def _key(self, key: str, at: SourceLocation, refused: bool) -> None:
        frame = self.frames[-1]
        frame.key, frame.refused = key, refused
        path = frame.child()
        if path is None:
            return
        if path in self.document.keys:
            self.problems.append(Problem("BP003", at, {"value": key}, see=self.document.keys[path]))
            frame.refused = True
        else:
            self.document.keys[path] = at

    def _path(self) -> Steps | None:
        return self.frames[-1].child() if self.frames else ()

    def _seen(self, at: SourceLocation) -> Steps | None:
        path = self._path()
        if path is not None:
            self.document.values[path] = at
        return path

    def _put(self, value: Any) -> None:
        if not self.frames:
            self.document.data = value
        elif self.frames[-1].wants_key():
            self.frames[-1].refused = True
        else:
            self.frames[-1].put(value)


def _short(tag: str) -> str:
    """A tag as people write it."""
    return tag.replace("tag:yaml.org,2002:", "!!")


def _plain(event: Any) -> Any:
    text: str = event.value
    if event.style or not event.implicit[0]:  # quoted or block, or told by a tag that is refused: text
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    return float(text) if DECIMAL.match(text) else text
