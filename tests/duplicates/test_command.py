"""Subcommands: one document on stdout, exit codes, JSON Schema."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.duplicates.entry import KNOWN

from .conftest import ROOT

EXAMPLE = ROOT / "inventory/pengjiang/systems.yaml"
TWIN = ROOT / "tests/duplicates/example/twin.yaml"
SCHEMA = json.loads((ROOT / "policies/duplicates/schema.json").read_text(encoding="utf-8"))


def run(subcommand: str, *words: object) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": f"{ROOT}/scripts:{ROOT}"}
    return subprocess.run(
        [sys.executable, "-m", "lantu.main", subcommand, *map(str, words)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def document(done: subprocess.CompletedProcess[str], status: int) -> Any:
    assert done.returncode == status, done.stderr
    parsed = json.loads(done.stdout)
    assert list(faults(parsed, SCHEMA, "$")) == []
    return parsed


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "null": type(None),
    "boolean": bool,
}


def faults(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    """Violations of a schema, for the part of JSON Schema that schema.json uses."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", ()):
        yield from faults(value, part, at)
    if "anyOf" in schema and all(list(faults(value, part, at)) for part in schema["anyOf"]):
        yield f"{at}: none of anyOf"
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    if kinds and not any(isinstance(value, TYPES[k]) for k in kinds):
        yield f"{at}: {type(value).__name__} is not {kinds}"
        return
    if value != schema.get("const", value) or value not in schema.get("enum", [value]):
        yield f"{at}: {value!r}"
    yield from inside(value, schema, at)


def inside(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, dict):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        yield from (f"{at}: {name} missing" for name in schema.get("required", ()) if name not in value)
        yield from (f"{at}: {name} unknown" for name in value if name not in properties and more is False)
        for name, part in value.items():
            yield from faults(part, properties.get(name, more if isinstance(more, dict) else {}), f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for i, part in enumerate(value):
            yield from faults(part, schema["items"], f"{at}[{i}]")


def test_the_schema_check_itself_sees_faults() -> None:
    assert list(faults({"schema": 2, "pairs": [{"a": 1}]}, SCHEMA, "$"))


def test_the_planted_twin_is_found_and_the_reason_said_in_both_languages() -> None:
    done = run("duplicates", "check", "--register", EXAMPLE, "--application", TWIN)
    assert done.returncode == 1
    for words in (
        "阻断：疑似重复建设",
        "BLOCK: probable duplicate",
        "全科网格化",
        "grid",
        "独立相符的字段",
        "independent fields that agree",
        "建议：",
        "advice: ",
    ):
        assert words in done.stdout
    result = document(run("duplicates", "check", "--register", EXAMPLE, "--application", TWIN, "--format", "json"), 1)
    (pair,) = [p for p in result["pairs"] if p["verdict"] == "block"]
    assert (pair["a"], pair["b"], result["compared"]) == ("street-incident-hub", "grid", 13)
    assert sum(pair["fields"].values()) == pytest.approx(pair["bits"], abs=0.02)
    assert pair["evidence"]["functions"]["overlap_percent"]["a"] > 40


def test_without_an_application_the_register_is_compared_with_itself() -> None:
    result = document(run("duplicates", "check", "--register", EXAMPLE, "--format", "json"), 0)
    assert result["compared"] == 13
    text = run("duplicates", "check", "--register", EXAMPLE, "--lang", "en").stdout
    assert "no duplicates: none of 13 systems is above the review line" in text


def test_score_answers_every_line_in_order_repeats_included(tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_text("id,name_zh,name_en\n1,综合平台,\n2,智慧停车,\n3,,Smart Parking\n", encoding="utf-8")
    pairs = tmp_path / "p.csv"
    pairs.write_text("a,b\n2,3\n1,2\n2,3\n3,2\n2,2\n", encoding="utf-8")
    result = document(run("duplicates", "score", "--register", register, "--pairs", pairs, "--format", "json"), 0)
    assert [(p["a"], p["b"]) for p in result["pairs"]] == [("2", "3"), ("1", "2"), ("2", "3"), ("3", "2"), ("2", "2")]
    assert result["pairs"][1]["verdict"] == "too little to judge"
    assert all(isinstance(p["bits"], int | float) for p in result["pairs"])
    assert result["pairs"][0] == result["pairs"][2]


@pytest.mark.parametrize(
    ("subcommand", "words", "says"),
    [
        ("check", ["--register", "absent.json"], "cannot be read"),
        ("check", ["--register", EXAMPLE, "--application", "absent.yaml"], "cannot be read"),
        ("score", ["--register", EXAMPLE, "--pairs", "absent.csv"], "cannot be read"),
    ],
)
def test_an_input_that_cannot_be_read_is_status_4_with_one_document(
    subcommand: str, words: list[object], says: str
) -> None:
    result = document(run("duplicates", subcommand, *words, "--format", "json"), 4)
    assert says in result["error"][0]["en"]
    assert result["pairs"] == []


def test_an_id_that_the_register_does_not_have_is_an_error_with_its_line(tmp_path: Path) -> None:
    pairs = tmp_path / "p.csv"
    pairs.write_text("a,b\ngrid,policing\ngrid,nobody\n", encoding="utf-8")
    result = document(run("duplicates", "score", "--register", EXAMPLE, "--pairs", pairs), 4)
    assert result["error"] == [
        {"at": f"{pairs}:3", "zh": "总目录中没有编号 nobody", "en": "the register has no id nobody"}
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--format", "json"],
        ["check", "--format=json", "--register"],
        ["check", "--register", EXAMPLE, "--format", "json", "--nonsense"],
        ["score", "--register", EXAMPLE],
        ["nonsense", "--format", "json"],
    ],
)
def test_wrong_usage_is_status_2_with_one_document(words: list[object]) -> None:
    done = run("duplicates", *words)
    result = document(done, 2)
    assert result["pairs"] == []
    assert result["error"][0]["en"] and result["error"][0]["zh"]
    assert done.stderr


def test_wrong_usage_without_json_keeps_stdout_empty() -> None:
    for subcommand, *words in (
        ["duplicates", "check"],
        ["duplicates", "score", "--register", EXAMPLE, "--format", "text"],
        ["register", "import", "--list", "x.csv", "--mapping", "m.yaml"],
    ):
        done = run(subcommand, *words)
        assert (done.returncode, done.stdout) == (2, "")
    done = run("register", "stats", "--format", "json")
    assert (done.returncode, set(json.loads(done.stdout))) == (2, {"schema", "error"})


def test_the_whole_command_keeps_the_same_promise() -> None:
    result = document(run("duplicates", "check", "--format", "json"), 2)
    assert "--register" in result["error"][0]["en"]


def test_warnings_go_to_stderr_for_register_and_application_alike(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,name_zh,colour\n1,智慧停车,red\n", encoding="utf-8")
    (tmp_path / "a.json").write_text(
        '[{"id": "2", "name_zh": "婚姻登记", "shape": 1}, {"id": "3", "name_en": "Smart Parking"}]', encoding="utf-8"
    )
    words = ["check", "--register", tmp_path / "r.csv", "--application", tmp_path / "a.json", "--format", "json"]
    done = run("duplicates", *words)
    result = document(done, 0)
    assert "colour" in done.stderr and "shape" in done.stderr
    assert [(p["a"], p["b"], p["verdict"]) for p in result["pairs"]] == [("3", "1", "review")]


@pytest.mark.parametrize(
    "text",
    ["a,b\n2,3\n", "\ufeffa,b\r\n2,3\r\n", " A , B \n 2 , 3 \n\n", "a;b\n2;3\n", 'x,a,b\n"1, 2",2,3\n', "a\tb\n2\t3\n"],
)
def test_the_pairs_file_is_read_however_a_spreadsheet_wrote_it(tmp_path: Path, text: str) -> None:
    entries = [{"id": 2, "name_zh": "停车"}, {"id": "3", "name_en": "Parking"}]
    (tmp_path / "r.json").write_text(json.dumps(entries), encoding="utf-8")
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    result = document(run("duplicates", "score", "--register", tmp_path / "r.json", "--pairs", tmp_path / "p.csv"), 0)
    assert [(p["a"], p["b"], type(p["bits"])) for p in result["pairs"]] == [("2", "3", float)]


def test_score_cuts_nothing_and_takes_ids_with_little_to_say(tmp_path: Path) -> None:
    entries = [{"id": f"n{i}", "name_zh": name} for i, name in enumerate(["综合平台", "系统", "智慧停车"] * 40)]
    (tmp_path / "r.json").write_text(json.dumps(entries), encoding="utf-8")
    lines = [(f"n{i}", f"n{j}") for i in range(12) for j in range(120)]
    (tmp_path / "p.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in lines), encoding="utf-8")
    result = document(run("duplicates", "score", "--register", tmp_path / "r.json", "--pairs", tmp_path / "p.csv"), 0)
    assert [(p["a"], p["b"]) for p in result["pairs"]] == lines
    assert {p["verdict"] for p in result["pairs"]} >= {"too little to judge"}


def test_a_list_goes_in_and_out_by_command(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("名称,备注\n智慧停车,x\n,y\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text("columns: {名称: name_zh}\nid: {prefix: l-}\n", encoding="utf-8")
    words = [
        "import",
        "--list",
        tmp_path / "l.csv",
        "--mapping",
        tmp_path / "m.yaml",
        "--out",
        tmp_path / "r.yaml",
        "--format",
        "json",
    ]
    dry = run("register", *words, "--dry-run")
    assert (dry.returncode, json.loads(dry.stdout)["written"], (tmp_path / "r.yaml").exists()) == (1, None, False)
    wet = run("register", *words)
    assert (wet.returncode, json.loads(wet.stdout)["taken"]) == (1, 1)
    out = run("register", "export", "--register", tmp_path / "r.yaml", "--out", tmp_path / "r.csv")
    assert out.returncode == 0, out.stderr
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["id"], row["name_zh"], set(row)) == ("l-1", "智慧停车", set(KNOWN))
    stats = run("register", "stats", "--register", tmp_path / "r.csv", "--format", "json")
    assert json.loads(stats.stdout)["systems"] == 1
