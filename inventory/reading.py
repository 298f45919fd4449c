"""YAML text -> plain data and positions. Every value knows its line and column; nothing is guessed.

Scalars are read as YAML 1.2's core does (only true/false are booleans, only digits are integers), because a
blueprint must not change its meaning when somebody writes `no` or `22:22`. The text is read event by event: no input,
however deep or large, can make that recurse, and aliases are refused, so none can grow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml import events

from inventory.phrases import Phrase
from inventory.problems import Place, Problem
from inventory.syntax import mark_of, syntax_words

LARGEST = 4 * 2**20
"""Bytes of one file; a district of ten thousand hosts stays below it."""
DEEPEST = 12
"""Levels of nesting; the blueprint's own shapes have five."""
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})\Z")
DECIMAL = re.compile(r"[-+]?[0-9]{1,99}\.[0-9]{1,99}\Z")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML allows in no text; a byte order mark is taken off first."""
BYTE_ORDER_MARK = "\ufeff"
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
    values: dict[Steps, Place] = field(default_factory=dict)
    keys: dict[Steps, Place] = field(default_factory=dict)
    refused: set[Steps] = field(default_factory=set)
    """Paths whose value was refused while reading, and told."""

    def place(self, path: Steps) -> Place:
        """Where the value at `path` stands; where it is absent, where its nearest parent stands."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(self.file, 1, 1))

    def key(self, path: Steps) -> Place:
        return self.keys.get(path) or self.place(path)


def read(path: Path, shown_as: str, problems: list[Problem]) -> Document:
    """Reads one file; what is wrong with it as YAML is added to `problems`, the rest is still read."""
    document = Document(shown_as)
    text = _text(path, document, problems)
    if text is None:
        return document
    try:
        document.readable = _build(text, document, problems)
    except yaml.YAMLError as mistake:
        at = _place_in(text, mark_of(mistake), shown_as)
        problems.append(Problem("BP002", at, {"value": syntax_words(mistake, text)}))
    return document


def lines_of(text: str) -> list[str]:
    """The lines of a file as YAML counts them."""
    return LINE_BREAK.split(text)


def _text(path: Path, document: Document, problems: list[Problem]) -> str | None:
    """The file's text, without a byte order mark; None with a problem where there is no such text."""
    at = Place(document.file)
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
        value = Phrase(f"字节 0x{byte:02x} 不是 UTF-8", f"byte 0x{byte:02x} is not UTF-8")
        problems.append(Problem("BP002", _place_after(before, document.file), {"value": value}))
        return None
    return _printable(text, document, problems)


def _printable(text: str, document: Document, problems: list[Problem]) -> str | None:
    found = UNPRINTABLE.search(text)
    if found is None:
        return text
    name = f"U+{ord(found[0]):04X}"
    value = Phrase(f"字符 {name} 不能出现在文本中", f"character {name} may not stand in text")
    problems.append(Problem("BP002", _place_after(text[: found.start()], document.file), {"value": value}))
    return None


def _build(text: str, document: Document, problems: list[Problem]) -> bool:
    """Fills the document; whether its data is the whole file."""
    builder = _Builder(document, problems)
    started = False
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, events.DocumentStartEvent):
            if started:
                problems.append(Problem("BP036", _mark(event.start_mark, document.file), {"value": "---"}))
                return False
            started = True
        elif not builder.take(event):
            return False
    if document.data is None:
        problems.append(Problem("BP035", Place(document.file, 1, 1), {"value": document.file}))
        return False
    return True


@dataclass(slots=True)
class _Frame:
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
        self.frames: list[_Frame] = []

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
        at = _mark(event.start_mark, self.document.file)
        self.problems.append(Problem("BP004", at, {"value": _short(str(tag)) if anchor is None else mark + anchor}))
        path = self._path()
        if path is not None and not (self.frames and self.frames[-1].wants_key()):
            self.document.refused.add(path)

    def _open(self, event: Any) -> bool:
        at = _mark(event.start_mark, self.document.file)
        if len(self.frames) >= DEEPEST:
            self.problems.append(Problem("BP037", at, {"value": len(self.frames) + 1, "expected": DEEPEST}))
            return False
        if self.frames and self.frames[-1].wants_key():
            path = None  # a key has to be a word; the whole pair is thrown away
            self.problems.append(Problem("BP079", at, {"value": COLLECTION}))
        else:
            path = self._seen(at)
        self.frames.append(_Frame([] if isinstance(event, events.SequenceStartEvent) else {}, path))
        return True

    def _scalar(self, event: Any) -> None:
        at = _mark(event.start_mark, self.document.file)
        alias = isinstance(event, events.AliasEvent)
        if self.frames and self.frames[-1].wants_key():
            self._key("" if alias else event.value, at, refused=alias)
            return
        self._seen(at)
        self._put(None if alias else _plain(event))

    def _key(self, key: str, at: Place, refused: bool) -> None:
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

    def _seen(self, at: Place) -> Steps | None:
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


TOO_LARGE = Phrase("文件太大", "it is too large")
READABLE = Phrase(f"可读的文件，最大 {LARGEST >> 20} MiB", f"a readable file of at most {LARGEST >> 20} MiB")
COLLECTION = Phrase("列表或映射", "a list or mapping")


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


def _mark(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _place_after(text: str, file: str) -> Place:
    before = lines_of(text)
    return Place(file, len(before), len(before[-1]) + 1)


def _place_in(text: str, mark: Any, file: str) -> Place:
    """Where the parser stopped; it counts a line more where the last one has no end."""
    lines = lines_of(text)
    if mark is None or mark.line >= len(lines):
        return Place(file, len(lines), len(lines[-1]) + 1)
    return _mark(mark, file)


def _reason(mistake: OSError | ValueError) -> Phrase:
    for kind, phrase in REASONS.items():
        if isinstance(mistake, kind):
            return phrase
    return Phrase(f"系统报告：{mistake}", f"the system says: {mistake}")


class NotAFileError(OSError):
    """A pipe or a device: reading it might never end."""


REASONS: dict[type[Exception], Phrase] = {
    FileNotFoundError: Phrase("没有这个文件", "there is no such file"),
    IsADirectoryError: Phrase("这是一个目录", "it is a folder"),
    NotADirectoryError: Phrase("所在路径不是目录", "its path leads through a file"),
    NotAFileError: Phrase("这不是普通文件", "it is not a regular file"),
    PermissionError: Phrase("没有读取权限", "reading it is not permitted"),
}
