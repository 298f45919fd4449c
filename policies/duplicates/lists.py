"""Lists as agencies keep them into the register, by a mapping file (mapping.py).

What a mapping does not explain is reported, never guessed: columns without a field, values without a meaning, rows
without a name. Nothing is dropped in silence.
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
"""Rows among which the headings are looked for."""
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总数|累计|total|sub-?total|grand total|sum|suma|totales|total general|total geral)[\d\W]*"
)
SUGGEST_FILL = 0.3
"""Share of empty cells, each below a filled one, from which a column looks as if its cells had been merged."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list and what came of it."""

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
    """Errors are rows that are not in `entries`; the others are parts of rows that were left out."""
    sources: tuple[ListSource, ...] = ()


def read_list(path: Path, how: Mapped) -> Imported:
    """The entries of a list. Raises Unreadable where the file is no list at all."""
    return read_lists([(path, how)])


def read_lists(lists: Sequence[tuple[Path, Mapped]]) -> Imported:
    """The entries of several lists, each id once. Raises Unreadable with what is wrong with any of them."""
    register = reading.Gathered()
    remarks: list[Remark] = []
    sources = []
    for path, how in lists:
        one = _List(path, how)
        before = len(register.entries)
        for entry in one.entries():
            register.add(entry, str(path), one.remarks)
        sources.append(ListSource(str(path), one.table.source, one.rows, len(register.entries) - before, one.totals))
        remarks += one.remarks
    remarks += register.near_ids()
    entries = tuple(register.entries.values())
    remarks += unread(entries, ", ".join(str(path) for path, _ in lists))
    return Imported(entries, sum(s.rows for s in sources), tuple(reading.few(remarks)), tuple(sources))


@dataclass
class _List:
    """One list while it is read."""

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
        """The entries, with what was not understood in `remarks`."""
        headings, at, body = self._headings()
        self._about_headings(headings, at)
        wide = len(headings)
        last: dict[str, str] = {}
        empty = Counter[str]()
        for row in body:
            if [heading(cell) for cell in row.cells[:wide]] == [heading(name) for name in headings]:
                self._say(False, row.at, "表头重复出现，跳过", "the headings again: skipped")
                continue
            if _is_total(row.cells):
                self.totals += 1
                self._say(
                    False, row.at, f"合计行，跳过：{_first(row.cells)}", f"a total, not a system: {_first(row.cells)}"
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
                    f"cells beyond the headings are left out: {shown}",
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
            found = [row for row in rows if row.number in self.how.heading_rows]
            if len(found) != len(self.how.heading_rows):
                lines = ", ".join(map(str, self.how.heading_rows))
                raise unreadable(
                    str(self.path), f"第 {lines} 行没有表头", f"line {lines} has no cells: no headings there"
                )
        else:
            found = list(rows[:1])
        if not found:
            raise unreadable(str(self.path), "没有内容", "has no rows")
        names = joined(found)
        if not any(heading(name) in self.how.columns for name in names):
            raise self._no_heading(names, found[0].at)
        return names, found[0].at, rows[rows.index(found[-1]) + 1 :]

    def _no_heading(self, names: list[str], at: str) -> Unreadable:
        shown = ", ".join(name for name in names if name)[:300]
        zh, en = (
            f"没有一个表头在对应文件中；读到的表头：{shown}",
            f"no heading of this line is in the mapping; it has: {shown}",
        )
        for row in self.table.rows[:HEADINGS_WITHIN]:
            known = [cell.strip() for cell in row.cells if heading(cell) in self.how.columns]
            if known:
                text = ", ".join(dict.fromkeys(known))[:200]
                zh += f"。第 {row.number} 行有 {text}：请在对应文件中写 heading_row: {row.number}"
                en += f". Line {row.number} has {text}: write `heading_row: {row.number}` in the mapping"
                break
        else:
            wanted = ", ".join(self.how.headings)[:200]
            zh += f"。前 {HEADINGS_WITHIN} 行中都没有：{wanted}"
            en += f". None of the first {HEADINGS_WITHIN} lines has one of: {wanted}"
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
                    f"heading {name} has no field: the column is left out",
                )
        for name in (*self.how.headings, *self.how.id_from):
            if heading(name) not in keys:
                self._say(False, at, f"文件中没有表头 {name}", f"the file has no heading {name}")
        for key, count in Counter(keys).items():
            if count > 1 and key in self.how.columns:
                where = ", ".join(str(i) for i, one in enumerate(keys, 1) if one == key)
                name = headings[keys.index(key)]
                self._say(
                    False,
                    at,
                    f"表头 {name} 出现 {count} 次（第 {where} 列）",
                    f"heading {name} is there {count} times (columns {where})",
                )
        for target, names in _shared(self.how, keys).items():
            text = ", ".join(names)
            self._say(
                False, at, f"{text} 都对应 {target}，合并", f"{text} all become {target}: their cells are put together"
            )

    # ---- rows ----------------------------------------------------------------------------------------------------
    def _fields(self, headings: list[str], row: tables.TableRow) -> dict[str, str]:
        """The cells by field. Several cells of one field are put together where it holds a list; else the first
        counts."""
        made: dict[str, str] = {}
        parts: dict[str, str] = {}
        for name, cell in zip(headings, row.cells, strict=False):
            key, text = heading(name), cell.strip()
            parts.setdefault(key, text)
            target = self.how.columns.get(key)
            if not target or not text:
                continue
            text = self.how.values.get(target, {}).get(text, text)
            if target not in made:
                made[target] = text
            elif target in LISTS:
                made[target] += "；" + text
            elif made[target] != text:
                self._say(
                    False,
                    row.at,
                    f"{target} 已为“{made[target]}”，表头 {name} 的“{text}”未导入",
                    f"{target} is {made[target]!r} already: {text!r} of heading {name} is left out",
                )
        if self.how.id_from:
            pieces = [parts.get(heading(name), "") for name in self.how.id_from]
            if any(pieces):
                made["id"] = self.how.id_join.join(pieces)
        return made

    def _filled(self, made: dict[str, str], last: dict[str, str], empty: Counter[str]) -> dict[str, str]:
        for name in self.how.fill_down:
            if made.get(name):
                last[name] = made[name]
            elif last.get(name):
                made[name] = last[name]
        if "agency" not in self.how.fill_down:
            empty["agency"] += bool(last.get("agency")) and not made.get("agency")
            last["agency"] = made.get("agency") or last.get("agency", "")
        return dict(self.how.fixed) | made

    def _entry(self, made: dict[str, str], row: tables.TableRow) -> Entry | None:
        if not made.get("id"):
            if self.how.id_required:
                self._say(
                    True,
                    row.at,
                    "没有编号（id.required）",
                    "has no id (`id.required` of the mapping refuses such rows)",
                )
                return None
            made["id"] = f"{self.how.prefix}{self.rows}"
            self.numbered.append(made["id"])
        for name, known in CLOSED.items():
            if made.get(name) and made[name] not in known:
                self._say(
                    False,
                    row.at,
                    f"{name} 的值 {made[name]} 未对应，已留空",
                    f"value {made[name]} of {name} has no meaning: left empty",
                )
                del made[name]
        return entry_from(made, row.at, self.remarks)

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
    """Headings of one line, or of two levels as 上级/下级; an upper cell counts for the empty ones right of it."""
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
    """Fields that two or more headings of the file become."""
    found: dict[str, list[str]] = {}
    for name in how.headings:
        if heading(name) in keys:
            found.setdefault(how.columns[heading(name)], []).append(name)
    return {target: names for target, names in found.items() if len(names) > 1}


def _is_total(cells: Sequence[str]) -> bool:
    """A row of sums: its first cell with text says so, or a cell that is nothing else does."""
    filled = [plain(cell) for cell in cells if cell.strip()]
    return bool(filled) and any(
        _TOTAL.fullmatch(cell.replace(" ", "")) or _TOTAL.fullmatch(cell) for cell in filled[:2]
    )


def _first(cells: Sequence[str]) -> str:
    return next((" ".join(cell.split())[:40] for cell in cells if cell.strip()), "")
