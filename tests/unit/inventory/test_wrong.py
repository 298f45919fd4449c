"""Every problem is reported with its code, source location and texts. One file per case, in wrong/.

The head of a file describes the changes to the small blueprint; its tail, from `expected:` on, lists all problems with
their texts in both languages: the problem, the expected value, the remedy.
"""

from __future__ import annotations

import shutil
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import inventory
from inventory.texts.errors import PARTS
from inventory.texts.problems import CATALOGUE, Problem
from tests.conftest import Golden
from tests.unit.inventory.conftest import DIRECTORY, TODAY

WRONG = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))
TAIL = "\nexpected:\n"


def changed(folder: Path, changes: dict[str, list[dict[str, Any]]]) -> Path:
    """A copy of the small blueprint with these changes."""
    directory = folder / "blueprint"
    shutil.copytree(DIRECTORY, directory)
    for name, steps in changes.items():
        for step in steps:
            _change(directory / name, step)
    return directory


def _change(path: Path, step: dict[str, Any]) -> None:
    match step:
        case {"replace": old, "with": new}:
            before = path.read_text("utf-8")
            assert old in before, f"{path.name} has no {old!r}"
            path.write_text(before.replace(old, new, 1), "utf-8")
        case {"append": text}:
            path.write_text(path.read_text("utf-8") + text, "utf-8")
        case {"content": text}:
            path.write_text(text, "utf-8")
        case {"hex": digits}:
            path.write_bytes(bytes.fromhex(str(digits)))
        case {"bytes": size}:
            path.write_bytes(b"#" * size)
        case {"delete": True}:
            path.unlink()
        case {"folder": True}:
            path.unlink()
            path.mkdir()
        case _:
            raise AssertionError(f"unknown change {step}")


def problems_of(head: str, folder: Path) -> list[Problem]:
    case = yaml.safe_load(head)
    day = date.fromisoformat(case["day"]) if "day" in case else TODAY
    loaded = inventory.load(changed(folder, case["change"]), case.get("site", "lab"), day)
    assert loaded.blueprint is None
    return loaded.problems


def as_expected(problem: Problem) -> dict[str, Any]:
    entry: dict[str, Any] = {"at": f"{problem.at} {problem.code}"}
    if problem.see is not None:
        entry["see"] = str(problem.see)
    for lang in ("zh", "en"):
        entry[lang] = [problem.sentence(lang), problem.expected(lang), problem.remedy(lang)]
    return entry


@pytest.mark.parametrize("case", WRONG, ids=lambda path: path.stem)
def test_the_problems_of_a_case(case: Path, tmp_path: Path, golden: Golden) -> None:
    head = case.read_text("utf-8").split(TAIL)[0]
    problems = problems_of(head, tmp_path)
    assert case.stem[:5] in {problem.code for problem in problems}
    tail = yaml.safe_dump([as_expected(item) for item in problems], allow_unicode=True, sort_keys=False, width=1000)
    golden(case, head.rstrip("\n") + "\n" + TAIL + tail)


def test_every_code_has_a_case() -> None:
    assert {case.stem[:5] for case in WRONG} == set(CATALOGUE)


def test_both_languages_use_the_same_values() -> None:
    for code in CATALOGUE:
        for part in PARTS:
            zh, en = (set(_placeholders(template)) for template in CATALOGUE.text(code, part))
            assert zh == en, (code, part)


def _placeholders(template: str) -> Iterator[str]:
    yield from (name for _, name, _, _ in string.Formatter().parse(template) if name)


def test_chinese_sentences_are_chinese() -> None:
    for code in CATALOGUE:
        for part in PARTS:
            template = CATALOGUE.template(code, part, "zh")
            assert "{" in template or any("\u4e00" <= char <= "\u9fff" for char in template), (code, part)
