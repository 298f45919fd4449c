"""Lists as rows of texts, from CSV or a workbook, each row with its source location.

Merged cells of a workbook are filled, and formulas are read by their saved value. The content decides, not the
suffix: a workbook named .xls is read as a workbook, an old binary .xls is refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from policies.duplicates.encoding import decode
from policies.duplicates.entry import Remark, unreadable

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MARKS = ",;\t|"
_SEP = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
LOOKED_AT = 30
"""Number of lines that are read to detect the separator."""


@dataclass(frozen=True, slots=True)
class TableRow:
    number: int
    """First line in the file, or row of the sheet."""
    cells: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[TableRow, ...]
    """Without empty rows."""
    source: str
    """Encoding or sheet that was read."""
    remarks: tuple[Remark, ...] = ()
    merged: frozenset[int] = frozenset()
    """Columns with vertically merged cells."""


def table(data: bytes, path: Path, encoding: str = "", sheet: str = "") -> Table:
    """The rows of a list. Raises Unreadable."""
    if data.startswith(ZIP):
        return _workbook(data, path, sheet)
    if data.startswith(OLE):
        raise unreadable(
            str(path),
            "是旧版 .xls 或加密的工作簿，请另存为 .xlsx",
            "is an old binary .xls or a protected workbook: save it as .xlsx",
        )
    decoded = decode(data, str(path), encoding)
    if re.match(r"\s*<(?:!doctype|html|table|\?xml)", decoded.text, re.IGNORECASE):
        raise unreadable(
            str(path), "是网页而不是表格，请另存为 .xlsx 或 .csv", "is a web page: save it as .xlsx or .csv"
        )
    remarks = (chosen_encoding(str(path), decoded.encoding),) if decoded.chosen else ()
    return Table(tuple(csv_rows(decoded.text, path)), f"CSV, {decoded.encoding}", remarks)


def chosen_encoding(at: str, encoding: str) -> Remark:
    return Remark(False, at, f"按 {encoding} 编码读取（自动判断）", f"read as {encoding} (detected)")


# ---- CSV -----------------------------------------------------------------------------------------------------------
def csv_rows(text: str, path: Path) -> Iterator[TableRow]:
    """The records that have a filled cell, each with its first line. Raises Unreadable if the text is not CSV."""
    csv.field_size_limit(10_000_000)
    separator = _SEP.match(text.partition("\n")[0])
    skipped = 1 if separator else 0
    body = text.partition("\n")[2] if separator else text
    reader = csv.reader(
        io.StringIO(body, newline=""), delimiter=separator[1] if separator else _mark(body), skipinitialspace=True
    )
    while True:
        begins = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = reader.line_num + skipped
            raise unreadable(f"{path}:{line}:1", f"CSV 有误：{error}", f"not CSV: {error}") from error
        if any(cell.strip() for cell in cells):
            yield TableRow(begins, tuple(map(unguarded, cells)), f"{path}:{begins}")


def _mark(text: str) -> str:
    head = "\n".join(text.split("\n", LOOKED_AT)[:LOOKED_AT])
    bare = re.sub(r'"[^"]*"', "", head)
    return max(MARKS, key=bare.count)


def unguarded(cell: str) -> str:
    """Without the leading ' that prevents a spreadsheet from evaluating the cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r", "'") else cell


# ---- workbooks -----------------------------------------------------------------------------------------------------
def _workbook(data: bytes, path: Path, sheet: str) -> Table:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # no stubs in the package

    try:
        book = load_workbook(io.BytesIO(data))
        chosen = _sheet(book, path, sheet)
        values = load_workbook(io.BytesIO(data), data_only=True)[chosen.title] if _has_formula(chosen) else chosen
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise unreadable(str(path), f"工作簿读不了：{error}", f"the workbook cannot be read: {error}") from error
    filled, merged = _merged(chosen)
    rows, lost = [], 0
    for number, line in enumerate(values.iter_rows(), 1):
        cells = []
        for cell in line:
            origin = filled.get((number, cell.column)) if getattr(cell, "column", None) else None
            value = values.cell(*origin).value if origin else cell.value
            lost += value is None and _is_formula(chosen.cell(number, cell.column).value) if value is None else 0
            cells.append(_text(value))
        if any(cell.strip() for cell in cells):
            rows.append(TableRow(number, tuple(cells), f"{path}:{chosen.title}:{number}"))
    return Table(tuple(rows), f"sheet {chosen.title}", tuple(_about(book, chosen, path, lost)), merged)


def _sheet(book: Any, path: Path, name: str) -> Any:
    """The sheet that the mapping names, by title or number; otherwise the first visible one that has cells."""
    if name:
        if name in book.sheetnames:
            return book[name]
        if name.isdigit() and 1 <= int(name) <= len(book.worksheets):
            return book.worksheets[int(name) - 1]
        names = ", ".join(book.sheetnames)
        raise unreadable(str(path), f"没有工作表 {name}；有：{names}", f"has no sheet {name}; it has: {names}")
    full = [worksheet for worksheet in book.worksheets if worksheet.sheet_state == "visible" and not _empty(worksheet)]
    if not full:
        raise unreadable(str(path), "没有可见的、有内容的工作表", "has no visible sheet with cells")
    return full[0]


def _about(book: Any, chosen: Any, path: Path, lost: int) -> Iterator[Remark]:
    others = [worksheet.title for worksheet in book.worksheets if worksheet is not chosen and not _empty(worksheet)]
    if others:
        names = ", ".join(others)
        yield Remark(
            False,
            str(path),
            f"只读了工作表 {chosen.title}；未读：{names}",
            f"only sheet {chosen.title} is read (select another with `sheet:` in the mapping); not read: {names}",
        )
    if lost:
        yield Remark(
            False,
            str(path),
            f"{lost} 个公式单元格没有保存结果，按空处理；请在表格软件中打开并保存一次",
            f"{lost} cells contain a formula without a saved value and count as empty: open and save the workbook once",
        )


def _empty(sheet: Any) -> bool:
    return sheet.max_row <= 1 and not any(cell.value for row in sheet.iter_rows(max_row=1) for cell in row)


def _merged(sheet: Any) -> tuple[dict[tuple[int, int], tuple[int, int]], frozenset[int]]:
    """Each merged cell with the cell whose value it shows, and the columns with vertically merged cells."""
    filled, columns = {}, set()
    for area in sheet.merged_cells.ranges:
        if area.max_row > area.min_row:
            columns.add(area.min_col)
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                filled[row, column] = (area.min_row, area.min_col)
    return filled, frozenset(columns)


def _has_formula(sheet: Any) -> bool:
    return any(_is_formula(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


def _is_formula(value: Any) -> bool:
    return (isinstance(value, str) and value.startswith("=")) or type(value).__name__ in (
        "ArrayFormula",
        "DataTableFormula",
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
