"""Import of agencies' own lists into the register, by a mapping file (mapping.py).

What a mapping does not cover is reported and never guessed: columns without a field, values without a meaning, rows
without a name. Nothing is dropped silently.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policies.duplicates import reading, tables
from policies.duplicates.entry import LISTS, Entry, Remark, Unreadable, entry_from, unreadable
from policies.duplicates.language import unread
from policies.duplicates.mapping import Mapped, heading
from policies.duplicates.normalise import plain

STATES = frozenset({"planned", "building", "running", "retired"})
KINDS = frozenset({"new", "extend", "maintain"})
CLOSED = {"state": STATES, "kind": KINDS}
HEADINGS_WITHIN = 40
"""Number of rows that are searched for headings."""
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总数|累计|total|sub-?total|grand total|sum|suma|totales|total general|total geral)[\d\W]*"
)
SUGGEST_FILL = 0.3
"""Share of empty cells below a filled one from which a column seems to have had merged cells."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list and the result of its import."""

    path: str
    how: str
    rows: int
    taken: int
    totals: int


@dataclass(frozen=True, slots=True)
class Imported:
    entries: tuple[Entry, ...]
    rows: int
    not_understood: tuple[Remark, ...]
    """Errors: rows that are not in `entries`. Warnings: parts of rows that were omitted."""
    sources: tuple[ListSource, ...] = ()


def read_list(path: Path, how: Mapped) -> Imported:
    """The entries of a list. Raises Unreadable if the file is not a list."""
    return read_lists([(path, how)])


def read_lists(lists: Sequence[tuple[Path, Mapped]]) -> Imported:
    """The entries of several lists, each id once. Raises Unreadable with the errors of all lists."""
    register = reading.Gathered()
    remarks: list[Remark] = []
    sources = []
    for path, how in lists:
        source = _List(path, how)
        before = len(register.entries)
        for entry in source.entries():
            register.add(entry, str(path), source.remarks)
        sources.append(
            ListSource(str(path), source.table.source, source.rows, len(register.entries) - before, source.totals)
        )
        remarks += source.remarks
    remarks += register.near_ids()
    entries = tuple(register.entries.values())
    remarks += unread(entries, ", ".join(str(path) for path, _ in lists))
    return Imported(entries, sum(s.rows for s in sources), tuple(reading.few(remarks)), tuple(sources))


@dataclass
class _List:
    """Import of one list."""

    path: Path
    how: Mapped
    remarks: list[Remark] = field(default_factory=list)
    rows: int = 0
    totals: int = 0
    numbered: list[str] = field(default_factory=list)
    table: tables.Table = field(init=False)

    def __post_init__(self) -> None:
        self.table = tables.table(reading.content(self.path), self.path, self.how.encoding, self.how.sheet)
        self.remarks += self.table.remarks

    def entries(self) -> Iterator[Entry]:
        """The entries; problems are appended to `remarks`."""
        headings, at, body = self._headings()
        self._about_headings(headings, at)
        wide = len(headings)
        last: dict[str, str] = {}
        empty = Counter[str]()
        for row in body:
            if [heading(cell) for cell in row.cells[:wide]] == [heading(name) for name in headings]:
                self._say(False, row.at, "表头重复出现，跳过", "repeated headings, skipped")
                continue
            if _is_total(row.cells):
                self.totals += 1
                self._say(
                    False, row.at, f"合计行，跳过：{_first(row.cells)}", f"row of totals, skipped: {_first(row.cells)}"
                )
                continue
            self.rows += 1
            beyond = [cell.strip() for cell in row.cells[wide:] if cell.strip()]
            if beyond:
                shown = " | ".join(beyond)[:80]
                self._say(
                    False,
                    row.at,
                    f"超出表头的单元格未导入：{shown}",
                    f"cells beyond the headings are not imported: {shown}",
                )
            fields = self._filled(self._fields(headings, row), last, empty)
            entry = self._entry(fields, row)
            if entry:
                yield entry
        self._at_end(empty)

    # ---- headings ------------------------------------------------------------------------------------------------
    def _headings(self) -> tuple[list[str], str, Sequence[tables.TableRow]]:
        rows = self.table.rows
        if self.how.heading_rows:
            heading_rows = [row for row in rows if row.number in self.how.heading_rows]
            if len(heading_rows) != len(self.how.heading_rows):
                lines = ", ".join(map(str, self.how.heading_rows))
                raise unreadable(
                    str(self.path), f"第 {lines} 行没有表头", f"line {lines} has no cells, so there are no headings"
                )
        else:
            heading_rows = list(rows[:1])
        if not heading_rows:
            raise unreadable(str(self.path), "没有内容", "has no rows")
        names = joined(heading_rows)
        if not any(heading(name) in self.how.columns for name in names):
            raise self._no_heading(names, heading_rows[0].at)
        return names, heading_rows[0].at, rows[rows.index(heading_rows[-1]) + 1 :]

    def _no_heading(self, names: list[str], at: str) -> Unreadable:
        shown = ", ".join(name for name in names if name)[:300]
        zh, en = (
            f"没有一个表头在对应文件中；读到的表头：{shown}",
            f"no heading of this line is in the mapping; it has: {shown}",
        )
        for row in self.table.rows[:HEADINGS_WITHIN]:
            mapped = [cell.strip() for cell in row.cells if heading(cell) in self.how.columns]
            if mapped:
                text = ", ".join(dict.fromkeys(mapped))[:200]
                zh += f"。第 {row.number} 行有 {text}：请在对应文件中写 heading_row: {row.number}"
                en += f". Line {row.number} has {text}: write `heading_row: {row.number}` in the mapping"
                break
        else:
            expected = ", ".join(self.how.headings)[:200]
            zh += f"。前 {HEADINGS_WITHIN} 行中都没有：{expected}"
            en += f". None of the first {HEADINGS_WITHIN} lines has one of: {expected}"
        return unreadable(at, zh, en)

    def _about_headings(self, headings: list[str], at: str) -> None:
        keys = [heading(name) for name in headings]
        used = {heading(name) for name in self.how.id_from}
        for name, key in zip(headings, keys, strict=True):
            if key and key not in self.how.columns and key not in used:
                self._say(
                    False,
                    at,
                    f"表头 {name} 没有对应字段，该列未导入",
                    f"heading {name} has no field: the column is not imported",
                )
        for name in (*self.how.headings, *self.how.id_from):
            if heading(name) not in keys:
                self._say(False, at, f"文件中没有表头 {name}", f"the file has no heading {name}")
        for key, count in Counter(keys).items():
            if count > 1 and key in self.how.columns:
                where = ", ".join(str(i) for i, other in enumerate(keys, 1) if other == key)
                name = headings[keys.index(key)]
                self._say(
                    False,
                    at,
                    f"表头 {name} 出现 {count} 次（第 {where} 列）",
                    f"heading {name} occurs {count} times (columns {where})",
                )
        for target, names in _shared(self.how, keys).items():
            text = ", ".join(names)
            self._say(False, at, f"{text} 都对应 {target}，合并", f"{text} all map to {target}: their cells are joined")

    # ---- rows ----------------------------------------------------------------------------------------------------
    def _fields(self, headings: list[str], row: tables.TableRow) -> dict[str, str]:
        """The cells by field. Several cells of one field are joined if it holds a list; otherwise the first counts."""
        values: dict[str, str] = {}
        parts: dict[str, str] = {}
        for name, cell in zip(headings, row.cells, strict=False):
            key, text = heading(name), cell.strip()
            parts.setdefault(key, text)
            target = self.how.columns.get(key)
            if not target or not text:
                continue
            text = self.how.values.get(target, {}).get(text, text)
            if target not in values:
                values[target] = text
            elif target in LISTS:
                values[target] += "；" + text
            elif values[target] != text:
                self._say(
                    False,
                    row.at,
                    f"{target} 已为“{values[target]}”，表头 {name} 的“{text}”未导入",
                    f"{target} is already {values[target]!r}: {text!r} of heading {name} is not imported",
                )
        if self.how.id_from:
            pieces = [parts.get(heading(name), "") for name in self.how.id_from]
            if any(pieces):
                values["id"] = self.how.id_join.join(pieces)
        return values

    def _filled(self, values: dict[str, str], last: dict[str, str], empty: Counter[str]) -> dict[str, str]:
        for name in self.how.fill_down:
            if values.get(name):
                last[name] = values[name]
            elif last.get(name):
                values[name] = last[name]
        if "agency" not in self.how.fill_down:
            empty["agency"] += bool(last.get("agency")) and not values.get("agency")
            last["agency"] = values.get("agency") or last.get("agency", "")
        return dict(self.how.fixed) | values

    def _entry(self, values: dict[str, str], row: tables.TableRow) -> Entry | None:
        if not values.get("id"):
            if self.how.id_required:
                self._say(
                    True,
                    row.at,
                    "没有编号（id.required）",
                    "has no id (refused, because the mapping sets `id.required`)",
                )
                return None
            values["id"] = f"{self.how.prefix}{self.rows}"
            self.numbered.append(values["id"])
        for name, allowed in CLOSED.items():
            if values.get(name) and values[name] not in allowed:
                self._say(
                    False,
                    row.at,
                    f"{name} 的值 {values[name]} 未对应，已留空",
                    f"value {values[name]} of {name} is not mapped: left empty",
                )
                del values[name]
        return entry_from(values, row.at, self.remarks)

    def _at_end(self, empty: Counter[str]) -> None:
        if self.numbered:
            many, first = len(self.numbered), self.numbered[0]
            self._say(
                False,
                str(self.path),
                f"{many} 行没有编号，已编为 {first} 起",
                f"{many} rows have no id and were numbered from {first}",
            )
        if self.rows and empty["agency"] >= SUGGEST_FILL * self.rows:
            many = empty["agency"]
            self._say(
                False,
                str(self.path),
                f"{many} 行没有单位而上一行有：如单元格曾合并，请写 fill_down: [agency]",
                f"{many} rows have no agency while one above has: if cells were merged, write `fill_down: [agency]`",
            )

    def _say(self, error: bool, at: str, zh: str, en: str) -> None:
        self.remarks.append(Remark(error, at, zh, en))


def joined(rows: Sequence[tables.TableRow]) -> list[str]:
    """Headings of one line, or of two levels as 上级/下级; an upper cell also applies to empty ones to its right."""
    wide = max(len(row.cells) for row in rows)
    lines = [[*(" ".join(cell.split()) for cell in row.cells), *[""] * (wide - len(row.cells))] for row in rows]
    for upper in lines[:-1]:
        for column in range(1, wide):
            if not upper[column] and lines[-1][column]:
                upper[column] = upper[column - 1]
    names = []
    for column in range(wide):
        parts = list(dict.fromkeys(line[column] for line in lines if line[column]))
        names.append("/".join(parts))
    return names


def _shared(how: Mapped, keys: Sequence[str]) -> dict[str, list[str]]:
    """Fields to which two or more headings of the file map."""
    names_by_field: dict[str, list[str]] = {}
    for name in how.headings:
        if heading(name) in keys:
            names_by_field.setdefault(how.columns[heading(name)], []).append(name)
    return {target: names for target, names in names_by_field.items() if len(names) > 1}


def _is_total(cells: Sequence[str]) -> bool:
    """Whether a row contains totals: one of its first two filled cells is a word for a total."""
    filled = [plain(cell) for cell in cells if cell.strip()]
    return bool(filled) and any(
        _TOTAL.fullmatch(cell.replace(" ", "")) or _TOTAL.fullmatch(cell) for cell in filled[:2]
    )


def _first(cells: Sequence[str]) -> str:
    return next((" ".join(cell.split())[:40] for cell in cells if cell.strip()), "")
