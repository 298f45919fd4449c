"""Lists as agencies keep them: into the register by a mapping file, and out of it again.

A mapping file is YAML:

    columns: {序号: id, 系统名称: name_zh, 建设单位: agency, 主要功能: functions}
    values: {state: {在用: running, 在建: building, 停用: retired}}
    id: {prefix: list-}          # where the list has no id column, rows are numbered
    fixed: {jurisdiction: 蓬江区}  # the same for every row

What a mapping does not explain is reported, never guessed: columns without a field, values without a meaning,
rows without
a name. Nothing is dropped in silence.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import reading
from .compare import profile
from .entry import KNOWN, LISTS, TEXTS, Entry, Remark, entry_from
from .judge import LEAST_CONTENT

STATES = frozenset({"planned", "building", "running", "retired"})
KINDS = frozenset({"new", "extend", "maintain"})
CLOSED = {"state": STATES, "kind": KINDS}
SECTIONS = frozenset({"columns", "values", "id", "fixed"})


@dataclass(frozen=True, slots=True)
class Mapped:
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    prefix: str
    fixed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    entries: tuple[Entry, ...]
    rows: int
    not_understood: tuple[Remark, ...]
    """Errors are rows that are not in `entries`; the others are parts of rows that were left out."""


def mapping(path: Path) -> Mapped:
    """Reads a mapping file. Raises reading.Unreadable with everything that is wrong in it."""
    try:
        raw = yaml.safe_load(reading.decode(reading.content(path), path))
    except yaml.YAMLError as error:
        raise reading.Unreadable([Remark(True, str(path), f"YAML 有误：{error}", f"not YAML: {error}")]) from error
    wrong = list(_wrong(raw, str(path)))
    if wrong:
        raise reading.Unreadable(wrong)
    return Mapped(
        {str(k): str(v) for k, v in raw["columns"].items()},
        raw.get("values") or {},
        str((raw.get("id") or {}).get("prefix", "row-")),
        raw.get("fixed") or {},
    )


def _wrong(raw: Any, at: str) -> Iterable[Remark]:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("columns"), Mapping):
        yield Remark(True, at, "须有 columns：表头到字段的对应", "needs `columns`: heading to field")
        return
    for section in sorted(set(raw) - SECTIONS):
        yield Remark(
            True, at, f"不认识的部分 {section}", f"unknown section {section}; known: {', '.join(sorted(SECTIONS))}"
        )
    for heading, field in (*raw["columns"].items(), *((f"fixed.{f}", f) for f in raw.get("fixed") or {})):
        if field not in KNOWN:
            yield Remark(
                True, at, f"{heading} 对应的 {field} 不是总目录字段", f"{heading}: {field} is no field of the register"
            )


def read_list(path: Path, how: Mapped) -> Imported:
    """The entries of a list. Raises reading.Unreadable where the file is no CSV at all."""
    reader = reading.table(reading.decode(reading.content(path), path), path)
    headings = list(reader.fieldnames or ())
    if not set(headings) & set(how.columns):
        raise reading.Unreadable(
            [Remark(True, f"{path}:1", "没有一个表头在对应文件中", "no heading of this file is in the mapping")]
        )
    remarks = [
        Remark(
            False,
            f"{path}:1",
            f"表头 {name} 没有对应字段，该列未导入",
            f"heading {name} has no field: the column is left out",
        )
        for name in headings
        if name not in how.columns
    ]
    remarks += [
        Remark(False, f"{path}:1", f"文件中没有表头 {name}", f"the file has no heading {name}")
        for name in how.columns
        if name not in headings
    ]
    entries: dict[str, Entry] = {}
    rows = 0
    for row, at in reading.rows(reader, path):
        rows += 1
        entry = entry_from(_fields(row, rows, how, at, remarks), at, remarks)
        if entry and entry.id in entries:
            remarks.append(
                Remark(True, at, f"编号 {entry.id} 重复", f"id {entry.id} again, first at {entries[entry.id].at}")
            )
        elif entry:
            entries[entry.id] = entry
    return Imported(tuple(entries.values()), rows, tuple(remarks))


def _fields(row: Mapping[Any, Any], number: int, how: Mapped, at: str, remarks: list[Remark]) -> dict[str, str]:
    made: dict[str, str] = dict(how.fixed)
    for heading, cell in row.items():
        field = how.columns.get(str(heading).strip()) if heading is not None else None
        if field and isinstance(cell, str) and cell.strip():
            made[field] = how.values.get(field, {}).get(cell.strip(), cell.strip())
    made.setdefault("id", f"{how.prefix}{number}")
    for field, known in CLOSED.items():
        if made.get(field) and made[field] not in known:
            remarks.append(
                Remark(
                    False,
                    at,
                    f"{field} 的值 {made[field]} 未对应，已留空",
                    f"value {made[field]} of {field} has no meaning: left empty",
                )
            )
            del made[field]
    return made


# ---- out -----------------------------------------------------------------------------------------------------------
def written(entries: Iterable[Entry], suffix: str) -> str:
    """A register as text: `.csv`, `.json` or `.yaml`."""
    if suffix == ".csv":
        return _csv(entries)
    plain = [entry.plain() for entry in entries]
    if suffix == ".json":
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    if suffix in (".yaml", ".yml"):
        text = yaml.dump({"systems": plain}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)
        return str(text)
    raise ValueError(f"{suffix}: a register is written as .csv, .json or .yaml")


def _csv(entries: Iterable[Entry]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, (*TEXTS, *LISTS), lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow(
            {key: "；".join(value) if isinstance(value, list) else value for key, value in entry.plain().items()}
        )
    return out.getvalue()


# ---- figures -------------------------------------------------------------------------------------------------------
def stats(entries: Iterable[Entry]) -> dict[str, Any]:
    """How much a register says: entries, filled fields, states, agencies, capability codes, and entries that
    say too little."""
    entries = list(entries)
    filled = Counter(key for entry in entries for key in entry.plain())
    return {
        "systems": len(entries),
        "filled": {key: filled[key] for key in (*TEXTS, *LISTS) if filled[key]},
        "names": {
            "zh": sum(bool(e.name_zh) for e in entries),
            "en": sum(bool(e.name_en) for e in entries),
            "both": sum(bool(e.name_zh and e.name_en) for e in entries),
        },
        "name_only": sum(not (e.functions or e.produces or e.consumes or e.capability or e.object) for e in entries),
        "too_little": sorted(e.id for e in entries if profile(e).content < LEAST_CONTENT),
        "state": dict(Counter(e.state or "" for e in entries).most_common()),
        "kind": dict(Counter(e.kind or "" for e in entries).most_common()),
        "agencies": len({e.agency for e in entries if e.agency}),
        "capability": dict(sorted(Counter(e.capability.split(".")[0] for e in entries if e.capability).items())),
    }
