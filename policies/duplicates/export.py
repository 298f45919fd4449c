"""A register as CSV, JSON, YAML or workbook. Reading the file again gives the same register."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

import yaml

from policies.duplicates.entry import LISTS, TEXTS, Entry

SUFFIXES = (".csv", ".json", ".yaml", ".yml", ".xlsx")
_PARTS = re.compile(r"[;；|、,，\n\r\[\]]")
"""Separators of a cell. If an item contains one, the items are written as a JSON array."""
_RUNS = re.compile(r"['=+\-@\t\r]")
"""First characters that a spreadsheet may evaluate as a formula, and ', the guard itself."""
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def written(entries: Iterable[Entry], suffix: str, bom: bool = False) -> bytes:
    """A register as bytes. `bom`: for spreadsheets that read CSV as UTF-8 only if it has a byte order mark."""
    if suffix == ".csv":
        return ("\ufeff" if bom else "").encode() + _csv(entries).encode()
    if suffix == ".xlsx":
        return _workbook(entries)
    plain = [entry.plain() for entry in entries]
    if suffix == ".json":
        return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode()
    if suffix in (".yaml", ".yml"):
        text = yaml.dump({"systems": plain}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)
        return str(text).encode()
    raise ValueError(f"{suffix}: a register is written as one of {', '.join(SUFFIXES)}")


def _csv(entries: Iterable[Entry]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, (*TEXTS, *LISTS), lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({key: guarded(cell(value)) for key, value in entry.plain().items()})
    return out.getvalue()


def cell(value: Any) -> str:
    """A field as one cell: items separated by ；, or a JSON array if an item contains a separator."""
    if not isinstance(value, list):
        return str(value)
    if len(value) == 1 and not _PARTS.search(value[0]):
        return str(value[0])
    if any(_PARTS.search(item) for item in value):
        return json.dumps(value, ensure_ascii=False)
    return "；".join(value)


def guarded(text: str) -> str:
    """With a leading ' if a spreadsheet would evaluate the text; tables.unguarded removes it."""
    return "'" + text if _RUNS.match(text) else text


def _workbook(entries: Iterable[Entry]) -> bytes:
    from openpyxl import Workbook  # type: ignore[import-untyped]  # no stubs in the package

    book = Workbook()
    sheet = book.active
    sheet.title = "systems"
    sheet.freeze_panes = "A2"
    names = (*TEXTS, *LISTS)
    sheet.append(names)
    for number, entry in enumerate(entries, 2):
        filled = entry.plain()
        for column, name in enumerate(names, 1):
            if name in filled:
                target = sheet.cell(number, column)
                target.value = _NOT_IN_XML.sub("\ufffd", cell(filled[name]))
                target.data_type = "s"
                target.quotePrefix = bool(_RUNS.match(cell(filled[name])))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
