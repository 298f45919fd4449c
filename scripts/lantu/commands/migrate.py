"""`lantu migrate`: rename keys of a blueprint that have been replaced, and change nothing else in its files."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import inventory
from inventory.loading.blueprint import FILES, SITES
from inventory.loading.files import read
from inventory.loading.migration import RENAMED, RenamedKey
from inventory.loading.migration import migrate as migrated
from inventory.model.base import Model
from inventory.model.sites import Site
from inventory.texts.problems import Problem, in_order
from inventory.texts.text import Text
from lantu import problem_text
from lantu.console import Exit, Format, emit, leave, say, word
from lantu.options import DEFAULT_LANG, BlueprintDir, Language, Output

Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change. 只检查，不写入；需要改写时返回 1")
]
CHANGED = Text("已更名 {keys} 个键，涉及 {files} 个文件", "renamed {keys} keys in {files} files")
WOULD_CHANGE = Text(
    "需要更名 {keys} 个键，涉及 {files} 个文件；运行 lantu migrate 改写",
    "{keys} keys in {files} files are to be renamed; run lantu migrate",
)
UNCHANGED = Text("没有需要更名的键", "no key needs to be renamed")
NOT_WRITTEN = Text(
    "{path}：无法写入（{reason}），所有文件保持不变", "{path}: cannot be written ({reason}); no file was changed"
)


@dataclass(frozen=True, slots=True)
class MigratedFile:
    """A file with renamed keys."""

    path: Path
    before: bytes
    after: bytes
    renamed: list[RenamedKey]


def migrate(
    directory: BlueprintDir = None, check: Check = False, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT
) -> None:
    """Rename the keys of a blueprint that have been replaced; keep everything else as it is. 将旧键更名

    Comments, order, quotes and layout stay. Either all files are rewritten or none. A second run changes nothing.

    Exit status: 0 renamed, or nothing to rename, 1 with --check: a file would change, 2 usage error, 4 a file cannot be
    read or written, or has both an old key and its replacement.

    \b
    Examples:
      lantu migrate
      lantu migrate --blueprint /srv/blueprints/yunhe --check
      lantu migrate --format json
    """
    directory = directory or inventory.EXAMPLE
    files, problems = migrated_files(directory)
    if problems:
        if output is Format.JSON:
            emit(_document("not_evaluated", [], problems))
        else:
            typer.echo(problem_text.text(in_order(problems), directory, lang))
        leave(Exit.NOT_EVALUATED)
    if not check:
        try:
            replace(files)
        except OSError as error:
            path, reason = error.filename or directory, error.strerror or error
            say(NOT_WRITTEN.fill(path=path, reason=reason).say(word(lang)))
            leave(Exit.NOT_EVALUATED)
    verdict, text = ("unchanged", UNCHANGED) if not files else ("changed", CHANGED)
    if files and check:
        verdict, text = "would_change", WOULD_CHANGE
    renamed = [key for file in files for key in file.renamed]
    if output is Format.JSON:
        emit(_document(verdict, renamed, []))
    else:
        lines = [f"{key.at}: {key.old} -> {key.new}" for key in renamed]
        typer.echo("\n".join([*lines, text.fill(keys=len(renamed), files=len(files)).say(word(lang))]))
    leave(Exit.DENIED if verdict == "would_change" else Exit.SUCCESS)


def migrated_files(directory: Path) -> tuple[list[MigratedFile], list[Problem]]:
    """The files that change, and what prevents that one of them can be read and changed."""
    kinds: dict[str, type[Model]] = {f"{topic}.yaml": model for topic, model in FILES.items() if model in RENAMED}
    kinds |= {f"{SITES}/{path.name}": Site for path in sorted((directory / SITES).glob("[!.]*.yaml"))}
    files, problems = list[MigratedFile](), list[Problem]()
    for name, model in kinds.items():
        unreadable = list[Problem]()
        document = read(directory / name, name, unreadable)
        problems += unreadable
        if unreadable:
            continue
        after, renamed, conflicts = migrated(document, model)
        problems += conflicts
        if renamed:
            files.append(MigratedFile((directory / name).resolve(), document.raw, after, renamed))
    return files, problems


def replace(files: list[MigratedFile]) -> None:
    """Writes a draft of each file beside it and puts all drafts in place; all files or none. OSError if that fails."""
    drafts = {file.path: file.path.with_name(f".{file.path.name}.migrated") for file in files}
    replaced = list[MigratedFile]()
    try:
        for file in files:
            _write(drafts[file.path], file.after)
            shutil.copystat(file.path, drafts[file.path])
        for file in files:
            drafts[file.path].replace(file.path)
            replaced.append(file)
    except OSError:
        for file in replaced:
            file.path.write_bytes(file.before)
        raise
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _document(verdict: str, renamed: list[RenamedKey], problems: list[Problem]) -> dict[str, Any]:
    return {
        "schema": 1,
        "verdict": verdict,
        "renamed": [
            {"file": key.at.file, "line": key.at.line, "column": key.at.column, "old": key.old, "new": key.new}
            for key in renamed
        ],
        "problems": [problem.as_json() for problem in in_order(problems)],
    }
