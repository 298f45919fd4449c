"""Proposal of a mapping for a list, derived from its headings, for manual correction.

data/headings.txt lists, for each field and value, the headings that agencies use, in Chinese, English, Spanish and
Portuguese.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.duplicates import reading, tables
from policies.duplicates.entry import unreadable
from policies.duplicates.lists import CLOSED, HEADINGS_WITHIN, joined
from policies.duplicates.mapping import heading
from policies.duplicates.normalise import han_share
from policies.duplicates.thesaurus import DATA

MOST_VALUES = 12
"""Maximum of proposed values for a field with closed values."""


@dataclass(frozen=True, slots=True)
class DraftMapping:
    text: str
    """The mapping file."""
    mapped: int
    """Number of headings that have a field."""
    headings: int


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Heading -> field, and (field, word) -> value."""
    fields: dict[str, str] = {}
    values: dict[tuple[str, str], str] = {}
    for line in (DATA / "headings.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, words = line.partition("|")
            target, _, value = name.strip().partition("=")
            for word in filter(None, map(str.strip, words.split(";"))):
                if value:
                    values[target, heading(word)] = value
                else:
                    fields.setdefault(heading(word), target)
    return fields, values


def draft(path: Path, sheet: str = "", encoding: str = "") -> DraftMapping:
    """The mapping proposed for a list. Raises Unreadable."""
    table = tables.table(reading.content(path), path, encoding, sheet)
    if not table.rows:
        raise unreadable(str(path), "没有内容", "has no rows")
    chosen = _heading_rows(table.rows)
    names = joined(chosen)
    body = [row for row in table.rows if row.number > chosen[-1].number]
    targets = _targets(names, body)
    lines = [
        f"# Proposed mapping for {path.name} ({table.source}), derived from its headings: check every line.",
        f"# 由表头生成的初稿，请逐行核对。第 {', '.join(str(row.number) for row in chosen)} 行为表头。",
    ]
    if table.source.startswith("sheet "):
        lines.append(f"sheet: {_quoted(table.source.removeprefix('sheet '))}")
    elif not table.source.endswith(("utf-8", "utf-8-sig", "utf-16")):
        lines.append(f"encoding: {table.source.rpartition(' ')[2]}")
    if chosen[0].number != table.rows[0].number or len(chosen) > 1:
        numbers = ", ".join(str(row.number) for row in chosen)
        lines.append(f"heading_row: {numbers if len(chosen) == 1 else f'[{numbers}]'}")
    lines.append("columns:")
    for name, target in zip(names, targets, strict=True):
        if name:
            lines.append(
                f"  {_quoted(name)}: {target}" if target else f"  # {_quoted(name)}:   # no field 没有对应字段"
            )
    lines += _values(names, targets, body)
    lines += _rest(targets, names, body)
    return DraftMapping("\n".join(lines) + "\n", sum(map(bool, targets)), sum(map(bool, names)))


def _heading_rows(rows: Sequence[tables.TableRow]) -> list[tables.TableRow]:
    """The row with most known headings, together with the adjacent row if it is a second level."""
    fields, _ = _words()

    def field_count(row: tables.TableRow) -> int:
        return len({fields[heading(cell)] for cell in row.cells if heading(cell) in fields})

    near = rows[:HEADINGS_WITHIN]
    best = max(near, key=field_count)
    at = near.index(best)
    if not field_count(best):
        return [max(near, key=lambda row: sum(bool(cell.strip()) for cell in row.cells))]
    if at + 1 < len(near) and field_count(near[at + 1]):
        return [best, near[at + 1]]
    if at and field_count(near[at - 1]):
        return [near[at - 1], best]
    return [best]


def _targets(names: Sequence[str], body: Sequence[tables.TableRow]) -> list[str]:
    """The field of each heading; each field is assigned once."""
    fields, _ = _words()
    targets = []
    taken: set[str] = set()
    for column, name in enumerate(names):
        whole, _, last = name.rpartition("/")
        target = fields.get(heading(name)) or fields.get(heading(last)) or fields.get(heading(whole)) or ""
        if target == "name":
            cells = "".join(row.cells[column] for row in body[:50] if column < len(row.cells))
            target = "name_zh" if han_share(cells) > 0.3 else "name_en"
        if target in taken:
            target = ""
        taken.add(target)
        targets.append(target)
    return targets


def _values(names: Sequence[str], targets: Sequence[str], body: Sequence[tables.TableRow]) -> Iterator[str]:
    _, closed_values = _words()
    begun = False
    for column, target in enumerate(targets):
        if target in CLOSED:
            cells = Counter(row.cells[column].strip() for row in body if column < len(row.cells))
            words = [word for word, _ in cells.most_common(MOST_VALUES) if word and word not in CLOSED[target]]
            if words:
                yield from () if begun else ("values:",)
                begun = True
                yield f"  {target}:"
                for word in words:
                    value = closed_values.get((target, heading(word)), "")
                    options = " | ".join(sorted(CLOSED[target]))
                    yield f"    {_quoted(word)}: {value}" if value else f"    # {_quoted(word)}:   # one of {options}"


def _rest(targets: Sequence[str], names: Sequence[str], body: Sequence[tables.TableRow]) -> Iterator[str]:
    if "id" not in targets:
        yield "id: {prefix: row-}   # no column of ids: rows are numbered 没有编号列，按行编号"
    filled = [
        target
        for column, target in enumerate(targets)
        if target == "agency" and _gaps([row.cells[column].strip() if column < len(row.cells) else "" for row in body])
    ]
    if filled:
        yield f"fill_down: [{', '.join(filled)}]   # cells are empty below filled ones 疑似合并单元格"
    if "jurisdiction" not in targets:
        yield "# fixed: {jurisdiction: }   # the same for every row 每行相同的值"


def _gaps(cells: Sequence[str]) -> bool:
    return bool(cells) and bool(cells[0]) and sum(not cell for cell in cells) > 0.2 * len(cells)


def _quoted(text: str) -> str:
    """A YAML scalar, quoted as in JSON if necessary."""
    return (
        text
        if text and text.replace("/", "").isalnum() and not text.isdigit()
        else json.dumps(text, ensure_ascii=False)
    )
