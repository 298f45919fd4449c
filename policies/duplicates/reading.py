"""Reads a register: YAML, JSON or CSV, one file or a folder of them. Everything that is wrong is said at once,
with its place.

A register may be the blueprint's own systems.yaml or any list: only an id and one name are needed. What cannot
be read at
all is an error, never an empty list.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .entry import KNOWN, Entry, Remark, entry_from

SUFFIXES = (".yaml", ".yml", ".json", ".csv")
ENCODINGS = ("utf-8-sig", "gb18030")
"""Lists from a spreadsheet come in either."""
MOST_REMARKS = 200
Raw = Iterator[tuple[Mapping[str, Any], str]]


class Unreadable(Exception):  # noqa: N818  # a state of the input, not a fault of ours
    """An input that cannot be used. `remarks` says everything that is wrong with it."""

    def __init__(self, remarks: list[Remark]) -> None:
        super().__init__("\n".join(f"{r.at}: {r.en}" for r in remarks))
        self.remarks = remarks


@dataclass(frozen=True, slots=True)
class Register:
    entries: tuple[Entry, ...]
    remarks: tuple[Remark, ...]


def read(path: Path) -> Register:
    """The register of a file or folder. Raises Unreadable."""
    return gather(_load(p) for p in files(path))


def gather(sources: Iterable[Raw]) -> Register:
    """One register from several sources of records, each id once."""
    remarks: list[Remark] = []
    entries: dict[str, Entry] = {}
    for records in sources:
        _add(records, entries, remarks)
    errors = [r for r in remarks if r.error]
    if errors:
        raise Unreadable(errors[:MOST_REMARKS])
    return Register(tuple(entries.values()), tuple(_few(remarks)))


def _add(records: Raw, entries: dict[str, Entry], remarks: list[Remark]) -> None:
    for raw, at in records:
        if not isinstance(raw, Mapping):
            remarks.append(Remark(True, at, "条目应为字段集合", "an entry must be a mapping of fields"))
            continue
        entry = entry_from(raw, at, remarks)
        if entry and entry.id in entries:
            first = entries[entry.id].at
            remarks.append(
                Remark(
                    True,
                    at,
                    f"编号 {entry.id} 重复，首次见于 {first}",
                    f"id {entry.id} is used twice, first at {first}",
                )
            )
        elif entry:
            entries[entry.id] = entry


def _few(remarks: list[Remark]) -> list[Remark]:
    """Warnings of one wording once, with how many there were."""
    first: dict[str, Remark] = {}
    count: dict[str, int] = {}
    for remark in remarks:
        first.setdefault(remark.en, remark)
        count[remark.en] = count.get(remark.en, 0) + 1
    return [
        Remark(
            r.error,
            r.at,
            r.zh + (f"（共 {count[text]} 处）" if count[text] > 1 else ""),
            text + (f" ({count[text]} times)" if count[text] > 1 else ""),
        )
        for text, r in first.items()
    ][:MOST_REMARKS]


# ---- files ---------------------------------------------------------------------------------------------------------
def files(path: Path) -> list[Path]:
    if path.is_dir():
        lists = (p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        found = sorted(p for p in lists if not any(part[0] == "." for part in p.relative_to(path).parts))
        if not found:
            raise _unreadable(path, "文件夹中没有 YAML、JSON 或 CSV 文件", "no YAML, JSON or CSV file in this folder")
        return found
    if path.suffix.lower() not in SUFFIXES:
        raise _unreadable(path, "只读 .yaml .yml .json .csv", "only .yaml, .yml, .json and .csv are read")
    return [path]


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from error


def _load(path: Path) -> Raw:
    reader = {".json": _json, ".csv": _csv}.get(path.suffix.lower(), _yaml)
    return reader(decode(content(path), path), path)


def decode(data: bytes, path: Path) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(path, "不是 UTF-8 或 GB 18030 文本", "is neither UTF-8 nor GB 18030 text")


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


def table(text: str, path: Path) -> csv.DictReader[str]:
    """A CSV text by its headings, whichever of comma, semicolon and tab parts them; a spreadsheet may use any."""
    csv.field_size_limit(10_000_000)
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    reader.fieldnames = [str(name).strip() for name in reader.fieldnames or ()]
    return reader


def rows(reader: csv.DictReader[str], path: Path) -> Iterator[tuple[dict[Any, Any], str]]:
    """The rows and where each ends. Raises Unreadable where the text is no CSV."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(path, f"CSV 有误：{error}", f"not CSV: {error}", reader.line_num, 1) from error
        yield row, f"{path}:{reader.line_num}"


def _csv(text: str, path: Path) -> Raw:
    reader = table(text, path)
    reader.fieldnames = [name.lower() if name.lower() in KNOWN else name for name in reader.fieldnames or ()]
    if "id" not in reader.fieldnames:
        raise _unreadable(
            path,
            "首行须为字段名，含 id；其他表头请用 lantu register import",
            "the first line must be the field names, id among them; for other headings use lantu register import",
            1,
            1,
        )
    return ((_cells(row), at) for row, at in rows(reader, path))


def _cells(row: dict[Any, Any]) -> dict[str, Any]:
    """A CSV row without its empty cells; cells beyond the heading are an unknown field."""
    return {
        str(key) if key is not None else "(no heading)": value
        for key, value in row.items()
        if value not in (None, "", [])
    }


class _Loader(yaml.CSafeLoader):
    """Keeps the line of every mapping under a key that no register has, and refuses a key twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    twice = next((key for i, (key, _) in enumerate(node.value) if key.value in keys[:i]), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"field {twice.value} twice", twice.start_mark)
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    made[_LINE] = node.start_mark.line + 1
    return made


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
    """The records of a document: a list, `systems:` with a list, or one record alone."""
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
    """The pairs file: a heading `a,b` and two ids a line, kept in order and with repeats."""
    reader = table(decode(content(path), path), path)
    reader.fieldnames = [name.lower() for name in reader.fieldnames or ()]
    if not {"a", "b"} <= set(reader.fieldnames):
        raise _unreadable(path, "首行须为 a,b", "the first line must be the heading a,b", 1, 1)
    return [((row.get("a") or "").strip(), (row.get("b") or "").strip()) for row, _ in rows(reader, path)]
