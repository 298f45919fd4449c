"""The mapping file: which field of the register each heading of an agency's list becomes.

    columns: {序号: id, 系统名称: name_zh, 建设单位: agency, 主要功能: functions}
    values: {state: {在用: running, 在建: building, 停用: retired}}
    fixed: {jurisdiction: 蓬江区}        # the same for every row
    id: {prefix: list-}                  # number rows without an id; `required: true` refuses them
    id: {from: [单位代码, 序号], join: "-"}   # or an id of several columns
    sheet: 系统清单                       # title or number; default: the first visible one
    heading_row: 3                       # line of the headings; [3, 4] for two levels, joined as 上级/下级
    encoding: big5                       # of a CSV file; default: BOM, UTF-8 or detection
    fill_down: [agency]                  # fields whose empty cells mean "as above"

Any other structure is an error with line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from policies.duplicates.encoding import decode
from policies.duplicates.entry import KNOWN, Remark, Unreadable
from policies.duplicates.normalise import plain

SECTIONS = frozenset({"columns", "values", "id", "fixed", "sheet", "heading_row", "encoding", "fill_down"})
ID_KEYS = frozenset({"prefix", "from", "join", "required"})


@dataclass(frozen=True, slots=True)
class Mapped:
    columns: Mapping[str, str]
    """Normalised heading -> field."""
    headings: tuple[str, ...]
    """The headings as written in the mapping, in order."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    prefix: str = "row-"
    fixed: Mapping[str, str] = field(default_factory=dict)
    id_from: tuple[str, ...] = ()
    id_join: str = "-"
    id_required: bool = False
    sheet: str = ""
    heading_rows: tuple[int, ...] = ()
    encoding: str = ""
    fill_down: tuple[str, ...] = ()


def heading(text: str) -> str:
    """A heading in the form for comparison: without line breaks, blanks, case and width."""
    return re.sub(r"[\s*＊:：]+", "", plain(text))


def mapping(path: Path) -> Mapped:
    """Reads a mapping file. Raises Unreadable with all errors, each with line and column."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(
            [Remark(True, str(path), f"读不了：{error.strerror}", f"cannot be read: {error.strerror}")]
        ) from error
    try:
        node = yaml.compose(decode(data, str(path)).text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else f"{path}:1:1"
        problem = getattr(error, "problem", None) or "nested too deep"
        raise Unreadable([Remark(True, at, f"YAML 有误：{problem}", f"not YAML: {problem}")]) from error
    reader = _Reader(path)
    mapped = reader.read(node)
    if reader.wrong:
        raise Unreadable(reader.wrong)
    return mapped


class _Reader:
    """Reads the YAML nodes of the file, so that every error has its source location."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wrong: list[Remark] = []

    def read(self, node: yaml.Node | None) -> Mapped:
        sections = dict(self._items(node, "a mapping with `columns`", "须为含 columns 的映射")) if node else {}
        for name, (key, _) in sections.items():
            if name not in SECTIONS:
                self._error(
                    key, f"不认识的部分 {name}", f"unknown section {name}; known: {', '.join(sorted(SECTIONS))}"
                )
        nodes = {name: value for name, (_, value) in sections.items()}
        if node is None or (not self.wrong and "columns" not in nodes):
            self._error(node, "须有 columns：表头到字段的对应", "needs `columns`: heading to field")
        columns = self._columns(nodes.get("columns"))
        identity = self._id(nodes.get("id"))
        return Mapped(
            columns={heading(name): target for name, target in columns.items()},
            headings=tuple(columns),
            values=self._values(nodes.get("values")),
            fixed=self._fields(nodes.get("fixed"), "fixed"),
            sheet=self._text(nodes.get("sheet"), "sheet"),
            heading_rows=self._heading_rows(nodes.get("heading_row")),
            encoding=self._text(nodes.get("encoding"), "encoding"),
            fill_down=tuple(self._known(item) for item in self._list(nodes.get("fill_down"), "fill_down")),
            **identity,
        )

    def _columns(self, node: yaml.Node | None) -> dict[str, str]:
        columns: dict[str, str] = {}
        seen: dict[str, str] = {}
        for name, (key, value) in self._items(node, "`columns`: heading to field", "columns 须为表头到字段的对应"):
            target = self._text(value, name)
            if value and target and target not in KNOWN:
                self._error(
                    value, f"{name} 对应的 {target} 不是总目录字段", f"{name}: {target} is not a field of the register"
                )
            if heading(name) in seen:
                self._error(
                    key,
                    f"{name} 与 {seen[heading(name)]} 是同一表头",
                    f"{name} and {seen[heading(name)]} are one heading",
                )
            seen[heading(name)] = name
            if target:
                columns[name] = target
        return columns

    def _values(self, node: yaml.Node | None) -> dict[str, dict[str, str]]:
        values = {}
        for name, (key, value) in self._items(node, "`values`: field to words", "values 须为字段到取值的对应"):
            if name not in KNOWN:
                self._error(key, f"{name} 不是总目录字段", f"{name} is not a field of the register")
            words = self._items(value, f"`values.{name}`: word to value", f"values.{name} 须为原词到取值的对应")
            values[name] = {word: self._text(to, word) for word, (_, to) in words}
        return values

    def _fields(self, node: yaml.Node | None, section: str) -> dict[str, str]:
        fields = {}
        for name, (key, value) in self._items(node, f"`{section}`: field to value", f"{section} 须为字段到值的对应"):
            if name not in KNOWN:
                self._error(
                    key, f"{section}.{name} 不是总目录字段", f"{section}.{name}: {name} is not a field of the register"
                )
            fields[name] = self._text(value, name)
        return fields

    def _id(self, node: yaml.Node | None) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        for name, (key, value) in self._items(
            node, "`id`: prefix, from, join, required", "id 须为 prefix、from、join、required"
        ):
            if name not in ID_KEYS:
                self._error(key, f"id 没有 {name}", f"id has no {name}; known: {', '.join(sorted(ID_KEYS))}")
            elif name == "from":
                settings["id_from"] = tuple(text for text, _ in self._list(value, "id.from"))
            elif name == "required":
                settings["id_required"] = self._text(value, "id.required").lower() in ("true", "yes", "on")
            else:
                settings["id_join" if name == "join" else "prefix"] = self._text(value, f"id.{name}")
        return settings

    def _heading_rows(self, node: yaml.Node | None) -> tuple[int, ...]:
        texts = self._list(node, "heading_row") if isinstance(node, yaml.SequenceNode) else []
        if isinstance(node, yaml.ScalarNode):
            texts = [(node.value, node)]
        elif node is not None and not texts:
            self._error(node, "heading_row 须为行号", "heading_row must be a line number, or a list of two")
        numbers = []
        for text, item in texts:
            if text.isdigit() and int(text) > 0:
                numbers.append(int(text))
            else:
                self._error(item, f"heading_row 的 {text} 不是行号", f"heading_row: {text} is not a line number")
        return tuple(numbers)

    def _known(self, item: tuple[str, yaml.Node]) -> str:
        if item[0] not in KNOWN:
            self._error(
                item[1],
                f"fill_down 的 {item[0]} 不是总目录字段",
                f"fill_down: {item[0]} is not a field of the register",
            )
        return item[0]

    # ---- nodes ---------------------------------------------------------------------------------------------------
    def _items(self, node: yaml.Node | None, en: str, zh: str) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
        if node is None or _null(node):
            return
        if not isinstance(node, yaml.MappingNode):
            self._error(node, zh, f"must be {en}" if en.startswith("a ") else f"{en}; here is {_kind(node)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._error(key, "键须为文字", f"a key must be a text; here is {_kind(key)}")
            elif key.value in seen:
                self._error(key, f"键 {key.value} 重复", f"key {key.value} twice")
            else:
                seen.add(key.value)
                yield key.value, (key, value)

    def _list(self, node: yaml.Node | None, name: str) -> list[tuple[str, yaml.Node]]:
        if node is None or _null(node):
            return []
        if isinstance(node, yaml.ScalarNode):
            return [(node.value, node)]
        if not isinstance(node, yaml.SequenceNode):
            self._error(node, f"{name} 须为列表", f"{name} must be a list; here is {_kind(node)}")
            return []
        return [(self._text(item, name), item) for item in node.value]

    def _text(self, node: yaml.Node | None, name: str) -> str:
        if node is None or _null(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self._error(node, f"{name} 须为文字", f"{name} must be a text; here is {_kind(node)}")
            return ""
        return str(node.value).strip()

    def _error(self, node: yaml.Node | None, zh: str, en: str) -> None:
        mark = node.start_mark if node else None
        at = f"{self.path}:{mark.line + 1}:{mark.column + 1}" if mark else f"{self.path}:1:1"
        self.wrong.append(Remark(True, at, zh, en))


def _null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else f"the text {node.value!r}"
