"""`lantu register`: lists of systems into the register, out of it, and how much it says.

Exit status: 0 good, 1 rows that could not be taken over, 2 wrong usage, 4 an input cannot be read.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from lantu.console import Exit, Format, emit, leave, say
from lantu.json_group import group
from policies.duplicates import draft, export, figures, lists, reading, stored
from policies.duplicates.entry import Remark, Unreadable
from policies.duplicates.mapping import Mapped
from policies.duplicates.mapping import mapping as read_mapping


def refusal(*remarks: Remark) -> dict[str, Any]:
    """The document of a run that did nothing, and why."""
    return {"schema": 1, "error": [{"at": r.at, "zh": r.zh, "en": r.en} for r in remarks]}


app = typer.Typer(
    cls=group(lambda why: refusal(Remark(True, "command line", f"用法有误：{why}", why))),
    help="The register of systems. 系统总目录",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
REGISTER = typer.Option("--register", help="Register: YAML, JSON, CSV or xlsx, a file or a folder. 总目录文件或文件夹")
FORMAT = typer.Option("--format", help="json: one document on stdout, nothing else. 输出格式")
BOM = typer.Option("--bom", help="CSV with a byte order mark, for spreadsheets. 带 BOM 的 CSV，便于用表格软件打开")


@app.command("import")
def import_(
    list_: Annotated[
        list[Path],
        typer.Option("--list", help="CSV or workbook (.xlsx) as the agency keeps it; may be repeated. 单位自有清单"),
    ],
    mapping: Annotated[
        list[Path],
        typer.Option("--mapping", help="YAML: heading to field; one for all lists, or one each. 表头对应文件"),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write the register: .yaml, .json, .csv or .xlsx. 输出文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; write nothing. 只报告不写入")] = False,
    bom: Annotated[bool, BOM] = False,
    format: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """Takes over one list or several, and reports line by line what it did not understand.

    Exit status: 0 every row, 1 some rows could not be taken over, 4 an input cannot be read.

    Example: lantu register import --list 清单.xlsx --mapping mapping.yaml --out systems.yaml --dry-run
    """
    if not dry_run and out is None:
        raise typer.BadParameter("name a file with --out, or look first with --dry-run")
    if len(mapping) not in (1, len(list_)):
        raise typer.BadParameter(f"{len(mapping)} mappings for {len(list_)} lists: give one for all, or one for each")
    _known_suffix(out)
    try:
        made = lists.read_lists(list(zip(list_, _mappings(mapping, len(list_)), strict=True)))
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    if out and not dry_run:
        _write(out, export.written(made.entries, out.suffix.lower(), bom))
    lost = made.rows - len(made.entries)
    if format is Format.JSON:
        emit(
            {
                "schema": 1,
                "rows": made.rows,
                "taken": len(made.entries),
                "written": str(out) if out and not dry_run else None,
                "lists": [
                    {"list": s.path, "read": s.how, "rows": s.rows, "taken": s.taken, "totals": s.totals}
                    for s in made.sources
                ],
                "not_understood": [_plain(r) for r in made.not_understood],
            }
        )
    else:
        for s in made.sources:
            print(f"{s.path}: {s.how}; {s.taken} of {s.rows} rows taken over / 导入 {s.taken}/{s.rows} 行")
        if len(made.sources) > 1:
            print(f"{len(made.entries)} of {made.rows} rows taken over / 导入 {len(made.entries)}/{made.rows} 行")
        _tell(made.not_understood)
    leave(Exit.DENIED if lost else Exit.SUCCESS)


@app.command("map")
def map_(
    list_: Annotated[Path, typer.Argument(metavar="LIST", help="CSV or workbook as the agency keeps it. 单位自有清单")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write the mapping; without it, to stdout. 输出文件")
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook, by title or number. 工作表")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Encoding of a CSV file. 编码")] = "",
) -> None:
    """Writes a first mapping from the headings of a list, for a person to correct.

    Exit status: 0 written, 1 no heading is known, 2 wrong usage, 4 the list cannot be read.

    Example: lantu register map 清单.xlsx --out mapping.yaml
    """
    try:
        made = draft.draft(list_, sheet, encoding)
    except Unreadable as problem:
        _unreadable(problem.remarks, Format.TEXT)
        return
    if out:
        _write(out, made.text.encode())
    else:
        print(made.text, end="")
    say(f"{made.found} of {made.headings} headings have a field / {made.headings} 个表头中 {made.found} 个有对应字段")
    leave(Exit.SUCCESS if made.found else Exit.DENIED)


@app.command("export")
def export_(
    register: Annotated[Path, REGISTER],
    out: Annotated[Path, typer.Option("--out", help="Where to write it: .csv, .json, .yaml or .xlsx. 输出文件")],
    bom: Annotated[bool, BOM] = False,
) -> None:
    """Writes the register in another form; importing it again gives the same register.

    Exit status: 0 written, 2 wrong usage, 4 the register cannot be read.

    Example: lantu register export --register inventory/pengjiang/systems.yaml --out systems.csv
    """
    _known_suffix(out)
    try:
        read = reading.read(register)
    except Unreadable as problem:
        _unreadable(problem.remarks, Format.TEXT)
        return
    _tell(read.remarks)
    _write(out, export.written(read.entries, out.suffix.lower(), bom))
    say(f"{len(read.entries)} systems written to {out} / 已写入 {len(read.entries)} 个系统")


@app.command()
def stats(register: Annotated[Path, REGISTER], format: Annotated[Format, FORMAT] = Format.TEXT) -> None:
    """How much the register says: filled fields, states, codes, languages, entries that say too little.

    Exit status: 0 counted, 2 wrong usage, 4 the register cannot be read.

    Example: lantu register stats --register systems.csv --format json
    """
    try:
        entries, remarks = stored.said(register, say)
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    _tell(remarks)
    counted = figures.stats(entries)
    if format is Format.JSON:
        emit({"schema": 1, **counted})
        return
    for key, value in counted.items():
        print(f"{WORDS[key]}: {_said(value)}")


WORDS = {
    "systems": "systems 系统数",
    "filled": "filled fields 已填字段",
    "names": "names 名称",
    "languages": "languages of the names 名称语言",
    "not_read": "in a language that the matcher does not read 比对不认识的语言",
    "name_only": "a name and nothing else 仅有名称",
    "too_little": "say too little to judge 信息太少",
    "state": "states 状态",
    "kind": "kinds 类型",
    "agencies": "agencies 单位数",
    "capability": "capability branches 能力分支",
}


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key or '-'} {count}" for key, count in value.items()) or "-"
    return ", ".join(map(_id, value)) or "-" if isinstance(value, list) else str(value)


def _id(text: str) -> str:
    """An id in a line of ids: in quotes where it has a mark that parts them."""
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ',"\n') else text


def _mappings(paths: list[Path], count: int) -> list[Mapped]:
    """One mapping for each list; everything that is wrong with any of them at once."""
    made, wrong = [], []
    for path in paths:
        try:
            made.append(read_mapping(path))
        except Unreadable as problem:
            wrong += problem.remarks
    if wrong:
        raise Unreadable(wrong)
    return made * count if len(made) == 1 else made


def _known_suffix(out: Path | None) -> None:
    if out and out.suffix.lower() not in export.SUFFIXES:
        raise typer.BadParameter(f"{out}: a register is written as .csv, .json, .yaml or .xlsx")


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, with the rights that the umask gives a new file."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        new.write(data)
    mask = os.umask(0)
    os.umask(mask)
    Path(new.name).chmod(0o666 & ~mask)
    Path(new.name).replace(path)


def _tell(remarks: Iterable[Remark]) -> None:
    for r in remarks:
        say(f"{'error' if r.error else 'warning'}: {r.at}: {r.en} / {r.zh}")


def _plain(r: Remark) -> dict[str, Any]:
    return {"row_lost": r.error, "at": r.at, "zh": r.zh, "en": r.en, "count": r.count}


def _unreadable(remarks: list[Remark], format: Format) -> None:
    _tell(remarks)
    if format is Format.JSON:
        emit(refusal(*remarks))
    leave(Exit.NOT_EVALUATED)
