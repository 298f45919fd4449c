"""Reads a register: YAML, JSON, CSV or xlsx, one file or a directory. All errors are reported at once, with location.

A register is the blueprint's systems.yaml or any list; only an id and one name are required. A file that cannot be
read is an error, never an empty list.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from policies.duplicates import tables
from policies.duplicates.encoding import decode
from policies.duplicates.entry import KNOWN, Entry, Remark, Unreadable, entry_from
from policies.duplicates.normalise import plain

SUFFIXES = (".yaml", ".yml", ".json", ".csv", ".xlsx")
MOST_REMARKS = 200
Raw = Iterator[tuple[Mapping[str, Any], str]]


@dataclass(frozen=True, slots=True)
class Register:
    entries: tuple[Entry, ...]
    remarks: tuple[Remark, ...]


def read(path: Path) -> Register:
    """The register of a file or directory. Raises Unreadable."""
    remarks: list[Remark] = []
    return gather((_load(p, remarks) for p in files(path)), remarks)


def gather(sources: Iterable[Raw], remarks: list[Remark] | None = None) -> Register:
    """One register from several sources of records, each id once. Raises Unreadable."""
    remarks = [] if remarks is None else remarks
    register = Gathered()
    for number, records in enumerate(sources):
        for raw, at in records:
            if not isinstance(raw, Mapping):
                remarks.append(Remark(True, at, "条目应为字段集合", "an entry must be a mapping of fields"))
            elif entry := entry_from(raw, at, remarks):
                register.add(entry, str(number), remarks)
    errors = [r for r in remarks if r.error]
    if errors:
        raise Unreadable(errors[:MOST_REMARKS])
    return Register(tuple(register.entries.values()), tuple(few([*remarks, *register.near_ids()])))


class Gathered:
    """Entries by id. A repeated id is an error within one list. Across lists both entries are kept, and the second gets
    its own id."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._source: dict[str, str] = {}

    def add(self, entry: Entry, source: str, remarks: list[Remark]) -> None:
        first = self.entries.get(entry.id)
        if first is None:
            self._keep(entry, source)
        elif self._source[entry.id] == source:
            apart = _other_agency(first, entry)
            remarks.append(
                Remark(
                    True,
                    entry.at,
                    f"编号 {entry.id} 重复，首次见于 {first.at}"
                    + ("；如各单位自行编号，请用 id: {from: [单位, 序号]}" if apart else ""),
                    f"id {entry.id} is used twice, first at {first.at}"
                    + ("; if every agency numbers for itself, use `id: {from: [agency, no]}`" if apart else ""),
                )
            )
        else:
            own = self._free(entry.id)
            same = plain(first.name) == plain(entry.name)
            remarks.append(
                Remark(
                    False,
                    entry.at,
                    f"编号 {entry.id} 录入两次，首次见于 {first.at}（{first.name}）；此处改为 {own}"
                    + ("，名称相同" if same else "，名称不同，请核对编号"),
                    f"id {entry.id} is entered twice, first at {first.at} ({first.name}); here it becomes {own}"
                    + (": the same name" if same else ": another name, check the ids"),
                )
            )
            self._keep(replace(entry, id=own), source)

    def _keep(self, entry: Entry, source: str) -> None:
        self.entries[entry.id] = entry
        self._source[entry.id] = source

    def _free(self, id_: str) -> str:
        number = 2
        while f"{id_}~{number}" in self.entries:
            number += 1
        return f"{id_}~{number}"

    def near_ids(self) -> Iterator[Remark]:
        """Ids that differ only by case or width."""
        first: dict[str, Entry] = {}
        for entry in self.entries.values():
            other = first.setdefault(unicodedata.normalize("NFKC", entry.id).casefold(), entry)
            if other is not entry:
                yield Remark(
                    False,
                    entry.at,
                    f"编号 {entry.id} 与 {other.id} 仅大小写或全半角不同（{other.at}）",
                    f"id {entry.id} differs from {other.id} only by case or width (at {other.at})",
                )


def _other_agency(a: Entry, b: Entry) -> bool:
    return bool(a.agency and b.agency) and plain(a.agency) != plain(b.agency)


def few(remarks: Iterable[Remark]) -> list[Remark]:
    """All errors, and each distinct warning once, with its count."""
    first: dict[str, Remark] = {}
    count: dict[str, int] = {}
    for number, remark in enumerate(remarks):
        key = f"{number}" if remark.error else remark.en
        first.setdefault(key, remark)
        count[key] = count.get(key, 0) + 1
    return [
        replace(r, zh=f"{r.zh}（共 {count[key]} 处）", en=f"{r.en} ({count[key]} times)", count=count[key])
        if count[key] > 1
        else r
        for key, r in first.items()
    ]


# ---- files ---------------------------------------------------------------------------------------------------------
def files(path: Path) -> list[Path]:
    if path.is_dir():
        lists = (p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        paths = sorted(p for p in lists if not any(part[0] == "." for part in p.relative_to(path).parts))
        if not paths:
            raise _unreadable(
                path, "文件夹中没有 YAML、JSON、CSV 或 xlsx 文件", "no YAML, JSON, CSV or xlsx file in this directory"
            )
        return paths
    if path.suffix.lower() not in SUFFIXES:
        raise _unreadable(path, "只读 .yaml .yml .json .csv .xlsx", "only .yaml, .yml, .json, .csv and .xlsx are read")
    return [path]


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error


def _load(path: Path, remarks: list[Remark]) -> Raw:
    data = content(path)
    if path.suffix.lower() in (".csv", ".xlsx"):
        return _table(tables.table(data, path), path, remarks)
    decoded = decode(data, str(path))
    if decoded.chosen:
        remarks.append(tables.chosen_encoding(str(path), decoded.encoding))
    reader = _json if path.suffix.lower() == ".json" else _yaml
    return reader(decoded.text, path)


def _unreadable(path: Path, zh: str, en: str, line: int = 0, column: int = 0) -> Unreadable:
    at = f"{path}:{line}:{column}" if line else str(path)
    return Unreadable([Remark(True, at, zh, en)])


def _json(text: str, path: Path) -> Raw:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise _unreadable(path, f"JSON 有误：{error}", f"not JSON: {error}", line, column) from error
    return ((record, f"{path}#{number}") for number, record in enumerate(_list(raw, path), 1))


def _table(table: tables.Table, path: Path, remarks: list[Remark]) -> Raw:
    """The rows of a register whose headings are field names."""
    remarks += table.remarks
    head = [cell.strip() for cell in table.rows[0].cells] if table.rows else []
    names = [name.lower() if name.lower() in KNOWN else name for name in head]
    if "id" not in names:
        shown = ", ".join(names)[:200]
        raise _unreadable(
            path,
            f"首行须为字段名，含 id；此处为 {shown}。其他表头请用 lantu register import",
            "the first line must contain the field names, including id; for other headings use lantu register import; "
            f"actual: {shown}",
            1,
            1,
        )
    twice = next((name for i, name in enumerate(names) if name and name in names[:i]), None)
    if twice:
        raise _unreadable(path, f"字段 {twice} 重复", f"field {twice} is repeated in the first line", 1, 1)
    return ((_cells(names, row), row.at) for row in table.rows[1:])


def _cells(names: list[str], row: tables.TableRow) -> dict[str, Any]:
    """A row without its empty cells; cells beyond the headings count as an unknown field."""
    cells = {name or "(no heading)": cell for name, cell in zip(names, row.cells, strict=False) if cell}
    beyond = [cell for cell in row.cells[len(names) :] if cell]
    return cells | ({"(no heading)": beyond} if beyond else {})


class _Loader(yaml.CSafeLoader):
    """Stores the line of every mapping under a reserved key, and refuses duplicate keys."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    twice = next((key for i, (key, _) in enumerate(node.value) if key.value in keys[:i]), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"field {twice.value} twice", twice.start_mark)
    fields: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    fields[_LINE] = node.start_mark.line + 1
    return fields


_LINE = "\0line"
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def _yaml(text: str, path: Path) -> Raw:
    try:
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or re.sub(r"\s+", " ", str(error))[:200]
        raise _unreadable(
            path,
            f"YAML 有误：{problem}",
            f"not YAML: {problem}",
            mark.line + 1 if mark else 1,
            mark.column + 1 if mark else 1,
        ) from error
    return _with_lines(_list(raw, path), path)


def _with_lines(records: list[Any], path: Path) -> Raw:
    for number, record in enumerate(records, 1):
        if isinstance(record, dict):
            line = record.pop(_LINE, None)
            yield record, f"{path}:{line}" if line else f"{path}#{number}"
        else:
            yield record, f"{path}#{number}"


def _list(raw: Any, path: Path) -> list[Any]:
    """The records of a document: a list, `systems:` with a list, or a single record."""
    if isinstance(raw, Mapping) and isinstance(raw.get("systems"), list):
        raw = raw["systems"]
    elif isinstance(raw, Mapping) and "id" in raw:
        raw = [raw]
    if not isinstance(raw, list):
        raise _unreadable(
            path, "应为条目列表，或 systems: 下的列表", "must be a list of entries, or a list below `systems:`", 1, 1
        )
    return raw


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """The pairs file: a heading `a,b` and two ids per line, in order, including repeats."""
    rows = tables.table(content(path), path).rows
    names = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    if not {"a", "b"} <= set(names):
        raise _unreadable(path, "首行须为 a,b", "the first line must be the heading a,b", 1, 1)
    a, b = names.index("a"), names.index("b")
    return [tuple(_cell(row.cells, at) for at in (a, b)) for row in rows[1:]]  # type: ignore[misc]  # two of them


def _cell(cells: tuple[str, ...], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""
