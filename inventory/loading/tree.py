"""Builds data with source locations from YAML events.

Aliases are refused and there is no recursion, so that no input can expand or exceed the stack. Scalars follow the core
schema of YAML 1.2 (only true and false are booleans, only digits are integers), so that `no` and `22:22` stay text.
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

MAX_DEPTH = 12
"""Levels of nesting; the blueprint's models use five."""
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})\Z")
DECIMAL = re.compile(r"[-+]?[0-9]{1,99}\.[0-9]{1,99}\Z")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
COLLECTION = Text("列表或映射", "a list or mapping")


def build(text: str, document: Document, problems: list[Problem]) -> bool:
    """Fills the document from its text. Returns whether the whole file was read; yaml.YAMLError for invalid syntax."""
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
    """A mapping or list that is being read. `path` is None inside a refused value."""

    holder: dict[str, Any] | list[Any]
    path: Steps | None
    key: str | None = None
    """The key whose value comes next."""
    refused: bool = False
    """Whether that key was refused; its value is ignored."""

    def expects_key(self) -> bool:
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
    """Builds a document from events, without recursion."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document, self.problems = document, problems
        self.frames: list[_OpenNode] = []

    def take(self, event: Any) -> bool:
        """Handles one event. Returns False if reading must stop."""
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
        """Reports anchors, aliases and tags, which a blueprint may not use."""
        anchor, tag = event.anchor, getattr(event, "tag", None)
        if anchor is None and tag is None:
            return
        mark = "*" if isinstance(event, events.AliasEvent) else "&"
        at = location_at(event.start_mark, self.document.file)
        self.problems.append(Problem("BP004", at, {"value": _short(str(tag)) if anchor is None else mark + anchor}))
        path = self._path()
        if path is not None and not (self.frames and self.frames[-1].expects_key()):
            self.document.refused.add(path)

    def _open(self, event: Any) -> bool:
        at = location_at(event.start_mark, self.document.file)
        if len(self.frames) >= MAX_DEPTH:
            self.problems.append(Problem("BP037", at, {"value": len(self.frames) + 1, "expected": MAX_DEPTH}))
            return False
        if self.frames and self.frames[-1].expects_key():
            path = None  # a key must be text; the pair is ignored
            self.problems.append(Problem("BP079", at, {"value": COLLECTION}))
        else:
            path = self._seen(at)
        self.frames.append(_OpenNode([] if isinstance(event, events.SequenceStartEvent) else {}, path))
        return True

    def _scalar(self, event: Any) -> None:
        at = location_at(event.start_mark, self.document.file)
        alias = isinstance(event, events.AliasEvent)
        if self.frames and self.frames[-1].expects_key():
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
        elif self.frames[-1].expects_key():
            self.frames[-1].refused = True
        else:
            self.frames[-1].put(value)


def _short(tag: str) -> str:
    """A tag in its short form."""
    return tag.replace("tag:yaml.org,2002:", "!!")


def _plain(event: Any) -> Any:
    text: str = event.value
    if event.style or not event.implicit[0]:  # quoted, block, or with a refused tag: text
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    return float(text) if DECIMAL.match(text) else text
