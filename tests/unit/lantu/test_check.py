"""`lantu check`: exit status, one JSON document, text with the line and a caret, in both languages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lantu import problem_text
from lantu.console import Lang
from lantu.main import main

from inventory import EXAMPLE
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from tests.unit.lantu.running import Ran, run

SMALL = Path(__file__).parent.parent / "inventory" / "blueprint"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """The small blueprint with two mistakes in two files."""
    directory = Path(shutil.copytree(SMALL, tmp_path / "blueprint"))
    for file, old, new in (("zones.yaml", "kind: dmz", "kind: dnz"), ("hosts.yaml", "ops: 10", "ops: 5")):
        text = (directory / file).read_text("utf-8")
        (directory / file).write_text(text.replace(old, new, 1), "utf-8")
    return directory


def check(*words: str) -> Ran:
    return run("check", *words)


@pytest.mark.parametrize("site", ["lab", "production"])
def test_the_worked_example_is_right_and_passes_the_gate(site: str) -> None:
    ran = check("--site", site, "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["problems"], document["schema"]) == (0, "right", [], 2)
    assert document["site"] == document["summary"]["site"] == site
    assert document["summary"]["tasks"] == 28
    assert document["summary"]["segments"] >= document["summary"]["segments_built"] > 0
    assert len(document["summary"]["digest"]) == 64


def test_a_wrong_blueprint_is_one_document_too(wrong: Path) -> None:
    ran = check("--blueprint", str(wrong), "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["summary"], document["findings"]) == (4, "wrong", None, [])
    assert [(item["code"], item["file"], item["line"], item["column"]) for item in document["problems"]] == [
        ("BP016", "hosts.yaml", 13, 23),
        ("BP009", "zones.yaml", 63, 11),
    ]
    assert document["problems"][1]["zh"]["remedy"] == "改用允许的取值"


@pytest.mark.parametrize("subcommand", [["dump"], ["evaluate", "view.json", "--format", "json"]])
def test_a_view_of_a_wrong_blueprint_is_refused_in_the_same_words(wrong: Path, subcommand: list[str]) -> None:
    ran = run("snapshot", *subcommand, "--blueprint", str(wrong), "--lang", "en")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], len(document["problems"])) == (4, "wrong", 2)
    assert "remedy: use one of the allowed values" in ran.err


def test_text_shows_the_line_with_a_caret(wrong: Path) -> None:
    ran = check("--blueprint", str(wrong), "--lang", "en")
    assert ran.status == 4
    assert ran.out.splitlines()[-7:] == [
        f"{wrong}/zones.yaml:63:11 BP009 kind: dnz is not an allowed value",
        "   63 |     kind: dnz",
        "      |           ^",
        "  expected: one of shared, private, internet-access, dmz, management, operations, cloud, intranet",
        "  remedy: use one of the allowed values",
        "",
        "problems: 2, in files: 2",
    ]


def test_text_is_chinese_where_asked(wrong: Path) -> None:
    out = check("--blueprint", str(wrong), "--lang", "zh").out
    assert "BP009 kind：dnz 不是允许的取值" in out
    assert out.splitlines()[-1] == "2 处错误，涉及 2 个文件"


def test_what_the_gate_denies_is_denied(tmp_path: Path) -> None:
    """Right as a blueprint, denied by a rule: the same thing built for the same object twice."""
    directory = Path(shutil.copytree(EXAMPLE, tmp_path / "blueprint"))
    text = (directory / "systems.yaml").read_text("utf-8")
    one = text[text.index("  - id: land-map") : text.index("  - id: water-resources")]
    twin = (
        one.replace("id: land-map", "id: land-view")
        .replace("国土一张图", "国土看板")
        .replace("Land on one map", "Land view")
    )
    twin = twin.replace("    project: t14\n", "").replace("[land-parcels, planning-lines]", "[]")
    (directory / "systems.yaml").write_text(text + "\n" + twin, "utf-8")
    ran = check("--blueprint", str(directory), "--format", "json")
    document = json.loads(ran.out)
    assert document["problems"] == []
    assert (ran.status, document["verdict"]) in {(1, "denied"), (3, "waiting")}
    assert any("land-view" in json.dumps(item) for item in document["findings"])


def test_an_unknown_site_is_told_with_those_that_exist() -> None:
    ran = check("--site", "mars", "--lang", "en")
    assert ran.status == 4
    assert "site mars does not exist" in ran.out
    assert "one of lab, production" in ran.out


def test_a_folder_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    ran = check("--blueprint", str(tmp_path / "nowhere"), "--lang", "en")
    assert ran.status == 4
    assert ran.out.splitlines()[0] == (
        f"{tmp_path}/nowhere:1:1 BP001 cannot be read: the directory cannot be opened (No such file or directory)"
    )
    assert ran.out.splitlines()[-1] == "problems: 1, in files: 1"


@pytest.mark.parametrize("words", [["--frmat", "json"], ["--format", "xml"], ["surplus"], ["--lang", "fr"]])
def test_wrong_usage_is_two(words: list[str]) -> None:
    ran = check(*words)
    assert (ran.status, ran.out) == (2, "")


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--help"]) == 0
    assert "lantu check --site production" in capsys.readouterr().out


def test_the_caret_stands_under_wide_characters(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("名称: 值\n" + "长" * 100 + "x" + "长" * 100 + "\n", "utf-8")
    short = problem_text.text([Problem("BP003", SourceLocation("a.yaml", 1, 5), {"value": "x"})], tmp_path, Lang.EN)
    assert short.splitlines()[1:3] == ["    1 | 名称: 值", "      |       ^"]
    long = problem_text.text([Problem("BP003", SourceLocation("a.yaml", 2, 101), {"value": "x"})], tmp_path, Lang.EN)
    line, caret = long.splitlines()[1:3]
    shown = line.removeprefix("    2 | ")
    assert shown.startswith("…长")
    assert shown.endswith("长…")
    before = shown[: shown.index("x")]
    assert caret.index("^") - len("      | ") == sum(2 if char == "长" else 1 for char in before)


def test_no_colour_where_nobody_sees_it(wrong: Path) -> None:
    assert "\x1b" not in check("--blueprint", str(wrong)).out
