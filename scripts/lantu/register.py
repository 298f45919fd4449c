"""`lantu register`: lists of systems into the register, out of it, and how much it says.

Exit status: 0 good, 1 rows that could not be taken over, 2 wrong usage, 4 an input cannot be read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from lantu.console import Exit, Format, emit, leave, say
from lantu.onedocument import group
from policies.duplicates import lists, reading
from policies.duplicates.entry import Remark


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
REGISTER = typer.Option("--register", help="Register: YAML, JSON or CSV, a file or a folder. 总目录文件或文件夹")
FORMAT = typer.Option("--format", help="json: one document on stdout, nothing else. 输出格式")


@app.command("import")
def import_(
    list_: Annotated[Path, typer.Option("--list", help="CSV as the agency keeps it, UTF-8 or GB 18030. 单位自有清单")],
    mapping: Annotated[Path, typer.Option("--mapping", help="YAML: heading to field, words to values. 表头对应文件")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write the register: .yaml, .json or .csv. 输出文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; write nothing. 只报告不写入")] = False,
    format: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """Takes over a list, and says what it did not understand.

    Exit status: 0 every row, 1 some rows could not be taken over, 4 an input cannot be read.

    Example: lantu register import --list 清单.csv --mapping mapping.yaml --out systems.yaml --dry-run
    """
    if not dry_run and out is None:
        raise typer.BadParameter("name a file with --out, or look first with --dry-run")
    _known_suffix(out)
    try:
        made = lists.read_list(list_, lists.mapping(mapping))
    except reading.Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    if out and not dry_run:
        _write(out, lists.written(made.entries, out.suffix.lower()))
    lost = made.rows - len(made.entries)
    if format is Format.JSON:
        emit(
            {
                "schema": 1,
                "rows": made.rows,
                "taken": len(made.entries),
                "written": str(out) if out and not dry_run else None,
                "not_understood": [_plain(r) for r in made.not_understood],
            }
        )
    else:
        print(f"{len(made.entries)} of {made.rows} rows taken over / 导入 {len(made.entries)}/{made.rows} 行")
        _tell(made.not_understood)
    leave(Exit.DENIED if lost else Exit.GOOD)


@app.command()
def export(
    register: Annotated[Path, REGISTER],
    out: Annotated[Path, typer.Option("--out", help="Where to write it: .csv, .json or .yaml. 输出文件")],
) -> None:
    """Writes the register in another form; importing it again gives the same register.

    Exit status: 0 written, 2 wrong usage, 4 the register cannot be read.

    Example: lantu register export --register inventory/pengjiang/systems.yaml --out systems.csv
    """
    _known_suffix(out)
    try:
        read = reading.read(register)
    except reading.Unreadable as problem:
        _unreadable(problem.remarks, Format.TEXT)
        return
    _tell(read.remarks)
    _write(out, lists.written(read.entries, out.suffix.lower()))
    say(f"{len(read.entries)} systems written to {out} / 已写入 {len(read.entries)} 个系统")


@app.command()
def stats(register: Annotated[Path, REGISTER], format: Annotated[Format, FORMAT] = Format.TEXT) -> None:
    """How much the register says: filled fields, states, codes, entries that say too little.

    Exit status: 0 counted, 2 wrong usage, 4 the register cannot be read.

    Example: lantu register stats --register systems.csv --format json
    """
    try:
        read = reading.read(register)
    except reading.Unreadable as problem:
        _unreadable(problem.remarks, format)
        return
    _tell(read.remarks)
    figures = lists.stats(read.entries)
    if format is Format.JSON:
        emit({"schema": 1, **figures})
        return
    for key, value in figures.items():
        print(f"{WORDS[key]}: {_said(value)}")


WORDS = {
    "systems": "systems 系统数",
    "filled": "filled fields 已填字段",
    "names": "names 名称",
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
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)


def _known_suffix(out: Path | None) -> None:
    if out and out.suffix.lower() not in reading.SUFFIXES:
        raise typer.BadParameter(f"{out}: a register is written as .csv, .json or .yaml")


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-", delete=False, encoding="utf-8") as new:
        new.write(text)
    Path(new.name).replace(path)


def _tell(remarks: Iterable[Remark]) -> None:
    for r in remarks:
        say(f"{'error' if r.error else 'warning'}: {r.at}: {r.en} / {r.zh}")


def _plain(r: Remark) -> dict[str, Any]:
    return {"row_lost": r.error, "at": r.at, "zh": r.zh, "en": r.en}


def _unreadable(remarks: list[Remark], format: Format) -> None:
    _tell(remarks)
    if format is Format.JSON:
        emit(refusal(*remarks))
    leave(Exit.NOT_EVALUATED)
