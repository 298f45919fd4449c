"""`lantu register`: imports lists of systems into the register, exports it, and prints statistics.

Exit status: 0 success, 1 rows could not be imported, 2 usage error, 4 an input cannot be read.
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
    """The document of a failed run, with the reasons."""
    return {"schema": 1, "error": [{"at": r.at, "zh": r.zh, "en": r.en} for r in remarks]}


app = typer.Typer(
    cls=group(lambda why: refusal(Remark(True, "command line", f"用法有误：{why}", why))),
    help="Import, export and measure the register of systems. 系统总目录",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
REGISTER = typer.Option("--register", help="Register: YAML, JSON, CSV or xlsx, a file or a directory. 总目录文件或目录")
FORMAT = typer.Option("--format", help="json: one document on stdout, nothing else. 输出格式")
BOM = typer.Option("--bom", help="CSV with a byte order mark, for spreadsheets. 带 BOM 的 CSV，便于用表格软件打开")


@app.command("import")
def import_(
    list_: Annotated[
        list[Path],
        typer.Option("--list", help="CSV or workbook (.xlsx) of the agency; repeatable. 单位自有清单"),
    ],
    mapping: Annotated[
        list[Path],
        typer.Option("--mapping", help="YAML: heading to field; one for all lists, or one per list. 表头对应文件"),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Output file: .yaml, .json, .csv or .xlsx. 输出文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, write nothing. 只报告不写入")] = False,
    bom: Annotated[bool, BOM] = False,
    format: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """Import one or more lists, and report each row and value that was not understood.

    Exit status: 0 all rows imported, 1 some rows were not, 2 usage error, 4 an input cannot be read.

    Example: lantu register import --list 清单.xlsx --mapping mapping.yaml --out systems.yaml --dry-run
    """
    if not dry_run and out is None:
        raise typer.BadParameter("specify an output file with --out, or use --dry-run")
    if len(mapping) not in (1, len(list_)):
        raise typer.BadParameter(f"{len(mapping)} mappings for {len(list_)} lists: specify one, or one per list")
    _known_suffix(out)
    try:
        imported = lists.read_lists(list(zip(list_, _mappings(mapping, len(list_)), strict=True)))
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    if out and not dry_run:
        _write(out, export.written(imported.entries, out.suffix.lower(), bom))
    lost = imported.rows - len(imported.entries)
    if format is Format.JSON:
        emit(
            {
                "schema": 1,
                "rows": imported.rows,
                "taken": len(imported.entries),
                "written": str(out) if out and not dry_run else None,
                "lists": [
                    {"list": s.path, "read": s.how, "rows": s.rows, "taken": s.taken, "totals": s.totals}
                    for s in imported.sources
                ],
                "not_understood": [_plain(r) for r in imported.not_understood],
            }
        )
    else:
        for s in imported.sources:
            print(f"{s.path}: {s.how}; {s.taken} of {s.rows} rows imported / 导入 {s.taken}/{s.rows} 行")
        if len(imported.sources) > 1:
            taken, rows = len(imported.entries), imported.rows
            print(f"{taken} of {rows} rows imported / 导入 {taken}/{rows} 行")
        _print(imported.not_understood)
    leave(Exit.DENIED if lost else Exit.SUCCESS)


@app.command("map")
def map_(
    list_: Annotated[Path, typer.Argument(metavar="LIST", help="CSV or workbook of the agency. 单位自有清单")],
    out: Annotated[Path | None, typer.Option("--out", help="Output file; default: stdout. 输出文件")] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook, by title or number. 工作表")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Encoding of a CSV file. 编码")] = "",
) -> None:
    """Propose a mapping from the headings of a list, for manual correction.

    Exit status: 0 written, 1 no heading is known, 2 usage error, 4 the list cannot be read.

    Example: lantu register map 清单.xlsx --out mapping.yaml
    """
    try:
        proposal = draft.draft(list_, sheet, encoding)
    except Unreadable as problem:
        _unreadable(problem.remarks, Format.TEXT)
        return
    if out:
        _write(out, proposal.text.encode())
    else:
        print(proposal.text, end="")
    mapped, headings = proposal.mapped, proposal.headings
    say(f"{mapped} of {headings} headings have a field / {headings} 个表头中 {mapped} 个有对应字段")
    leave(Exit.SUCCESS if proposal.mapped else Exit.DENIED)


@app.command("export")
def export_(
    register: Annotated[Path, REGISTER],
    out: Annotated[Path, typer.Option("--out", help="Output file: .csv, .json, .yaml or .xlsx. 输出文件")],
    bom: Annotated[bool, BOM] = False,
) -> None:
    """Write the register in another format; reading the file again gives the same register.

    Exit status: 0 written, 2 usage error, 4 the register cannot be read.

    Example: lantu register export --register inventory/pengjiang/systems.yaml --out systems.csv
    """
    _known_suffix(out)
    try:
        read = reading.read(register)
    except Unreadable as problem:
        _unreadable(problem.remarks, Format.TEXT)
        return
    _print(read.remarks)
    _write(out, export.written(read.entries, out.suffix.lower(), bom))
    say(f"{len(read.entries)} systems written to {out} / 已写入 {len(read.entries)} 个系统")


@app.command()
def stats(register: Annotated[Path, REGISTER], format: Annotated[Format, FORMAT] = Format.TEXT) -> None:
    """Print statistics of the register: filled fields, states, codes, languages, entries with too little information.

    Exit status: 0 printed, 2 usage error, 4 the register cannot be read.

    Example: lantu register stats --register systems.csv --format json
    """
    try:
        entries, remarks = stored.contents(register, say)
    except Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    _print(remarks)
    counted = figures.stats(entries)
    if format is Format.JSON:
        emit({"schema": 1, **counted})
        return
    for key, value in counted.items():
        print(f"{WORDS[key]}: {_value(value)}")


WORDS = {
    "systems": "systems 系统数",
    "filled": "filled fields 已填字段",
    "names": "names 名称",
    "languages": "languages of the names 名称语言",
    "not_read": "in a language that the matcher does not read 不支持的语言",
    "name_only": "name only 仅有名称",
    "too_little": "too little information 信息太少",
    "state": "states 状态",
    "kind": "kinds 类型",
    "agencies": "agencies 单位数",
    "capability": "capability branches 能力分支",
}


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key or '-'} {count}" for key, count in value.items()) or "-"
    return ", ".join(map(_id, value)) or "-" if isinstance(value, list) else str(value)


def _id(text: str) -> str:
    """An id in a list of ids: quoted if it contains a separator."""
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ',"\n') else text


def _mappings(paths: list[Path], count: int) -> list[Mapped]:
    """One mapping per list. Raises Unreadable with the errors of all mappings."""
    mappings, remarks = [], []
    for path in paths:
        try:
            mappings.append(read_mapping(path))
        except Unreadable as problem:
            remarks += problem.remarks
    if remarks:
        raise Unreadable(remarks)
    return mappings * count if len(mappings) == 1 else mappings


def _known_suffix(out: Path | None) -> None:
    if out and out.suffix.lower() not in export.SUFFIXES:
        raise typer.BadParameter(f"{out}: the output file must be .csv, .json, .yaml or .xlsx")


def _write(path: Path, data: bytes) -> None:
    """Write a file atomically, with the permissions of the umask."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        new.write(data)
    mask = os.umask(0)
    os.umask(mask)
    Path(new.name).chmod(0o666 & ~mask)
    Path(new.name).replace(path)


def _print(remarks: Iterable[Remark]) -> None:
    for r in remarks:
        say(f"{'error' if r.error else 'warning'}: {r.at}: {r.en} / {r.zh}")


def _plain(r: Remark) -> dict[str, Any]:
    return {"row_lost": r.error, "at": r.at, "zh": r.zh, "en": r.en, "count": r.count}


def _unreadable(remarks: list[Remark], format: Format) -> None:
    _print(remarks)
    if format is Format.JSON:
        emit(refusal(*remarks))
    leave(Exit.NOT_EVALUATED)
