"""Outputs of a findings document have the same counts; omitted findings are counted; fingerprints."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from inventory.texts.text import LANGS, Lang
from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.model.snapshot import Snapshot
from policies.gate.outputs import text as terminal
from policies.gate.outputs.common import LEVELS, counted, level_word
from policies.gate.outputs.markdown import LIMIT
from policies.gate.outputs.render import FORMS, rendered, write
from policies.gate.rules.registry import RULES
from tests.policies.cases import DAY, EXAMPLES, context_of


def everything() -> Findings:
    """The findings of all cases: all rules, severities and statuses."""
    found: Findings | None = None
    for example in EXAMPLES:
        one = example.evaluated()
        found = one if found is None else found.with_(one)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return everything().as_json()


def parsed(text: str) -> Xml.Element:
    return Xml.fromstring(text)  # noqa: S314  # our own


def counts_in(form: str, text: str, lang: Lang) -> dict[str, int]:
    """The number of findings of each level, read from the output."""
    if form == "json":
        return counted(json.loads(text))
    if form == "sarif":
        results = json.loads(text)["runs"][0]["results"]
        return dict(Counter(result["properties"]["level"] for result in results))
    if form == "junit":
        cases = [case for case in parsed(text).iter("testcase") if len(case)]
        return dict(Counter(_level(case) for case in cases))
    if form == "markdown":
        sums = next(line for line in text.splitlines() if line.startswith("| **"))
        return dict(zip(LEVELS, (int(cell) for cell in sums.split("|")[2:-1]), strict=True))
    levels = {level_word(level, lang): level for level in LEVELS}
    heads = re.findall(r"^[✖▲●ℹ◌] (.+?)  [A-Z]+-\d{3}", text, re.MULTILINE)
    return dict(Counter(levels[head] for head in heads))


def _level(case: Xml.Element) -> str:
    """Of a case of JUnit: its type, or the first word of its output."""
    return case[0].get("type") or str(case[0].text).split(":")[0]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("form", FORMS)
def test_every_output_has_the_same_counts(document: dict[str, Any], form: str, lang: Lang) -> None:
    expected = {level: number for level, number in counted(document).items() if number}
    printed = {
        level: number for level, number in counts_in(form, rendered(document, form, lang), lang).items() if number
    }
    assert printed == expected
    assert set(expected) >= {"deny", "major", "warn", "to-be-observed"}


def test_the_document_has_the_counts_of_its_findings(document: dict[str, Any]) -> None:
    counts = document["counts"]
    by_level = counted(document)
    assert {level: counts[level] for level in ("deny", "major", "warn", "info")} == {
        level: by_level[level] for level in ("deny", "major", "warn", "info")
    }
    assert counts["to_be_observed"] == by_level["to-be-observed"]
    assert counts["not_evaluated"] == sum(item["status"] == "not-evaluated" for item in document["findings"])


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_stays_below_the_limit_and_counts_omitted_findings(document: dict[str, Any], lang: Lang) -> None:
    text = rendered(document, "markdown", lang)
    assert len(text) <= LIMIT
    shown = text.count("<details")
    assert shown < len(document["findings"])
    assert str(len(document["findings"]) - shown) in text.splitlines()[-1]


def test_markdown_prints_all_of_a_few_findings() -> None:
    few = EXAMPLES[0].evaluated().as_json()
    text = rendered(few, "markdown", "en")
    assert text.count("<details") == len(few["findings"])
    assert "omitted" not in text


def test_markdown_cannot_be_broken_by_a_name() -> None:
    nasty = context_of({"snapshot": {"networks": [{"id": "extranet/<b>|x", "engine": "extranet", "name": "<b>|x"}]}})
    text = rendered(evaluate(nasty, [RULES["NET-001"]]).as_json(), "markdown", "en")
    assert "<b>" not in text
    assert "&lt;b&gt;\\|x" in text


def test_sarif_declares_every_rule_and_points_into_the_blueprint(document: dict[str, Any]) -> None:
    run = json.loads(rendered(document, "sarif", "en"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [item["id"] for item in document["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["lantu/v1"]
    in_files = [item for item in run["results"] if "physicalLocation" in item["locations"][0]]
    assert {file["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for file in in_files} >= {
        "flows.yaml", "systems.yaml", "zones.yaml",
    }  # fmt: skip


def test_sarif_suppresses_only_findings_to_be_observed(document: dict[str, Any]) -> None:
    results = json.loads(rendered(document, "sarif", "en"))["runs"][0]["results"]
    for result in results:
        suppressed = [entry["status"] for entry in result["suppressions"]]
        assert suppressed == (["underReview"] if result["properties"]["state"] == "to-be-observed" else [])


def test_junit_has_a_case_for_each_rule_without_findings(document: dict[str, Any]) -> None:
    root = parsed(rendered(document, "junit", "zh"))
    silent = {rule["id"] for rule in document["rules"]} - {item["rule"] for item in document["findings"]}
    passed = {case.get("classname") for case in root.iter("testcase") if not len(case)}
    assert passed == silent
    blocking = sum(item["level"] in ("deny", "major") and item["status"] == "violated" for item in document["findings"])
    assert int(root.get("failures", "")) == blocking
    assert int(root.get("errors", "")) == document["counts"]["not_evaluated"]


@pytest.mark.parametrize("width", [60, 100, 160])
def test_terminal_lines_fit_and_colour_is_optional(document: dict[str, Any], width: int) -> None:
    few = {**document, "findings": document["findings"][:30]}
    plain = terminal.render(few, "zh", width)
    coloured = terminal.render(few, "zh", width, colour=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert max(_columns(line) for line in plain.splitlines()) <= width
    for item in few["findings"]:
        assert item["rule"] in plain


@pytest.mark.parametrize("width", [80, 160])
def test_the_terminal_shows_a_name_as_it_is(width: int) -> None:
    name = "a:x:[bold]b"
    nasty = context_of({"snapshot": {"networks": [{"id": f"extranet/{name}", "engine": "extranet", "name": name}]}})
    text = terminal.render(evaluate(nasty, [RULES["NET-001"]]).as_json(), "en", width)
    assert name in text.replace("\n", "")


def _columns(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


def test_files_are_written_by_their_ending(document: dict[str, Any], tmp_path: Path) -> None:
    for ending in (".json", ".txt", ".md", ".sarif", ".xml"):
        write(document, tmp_path / f"gate{ending}", "zh")
    assert json.loads((tmp_path / "gate.json").read_text("utf-8"))["schema"] == "lantu.findings/2"
    assert len(list(tmp_path.iterdir())) == 5
    with pytest.raises(ValueError, match=r"\.sarif"):
        write(document, tmp_path / "gate.pdf", "zh")


def fingerprints(document: dict[str, Any]) -> set[str]:
    return {item["fingerprint"] for item in document["findings"]}


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same snapshot with lists in another order and other source locations."""
    if isinstance(value, dict):
        return {key: shuffled(item, rng) for key, item in value.items() if key != "at"} | _elsewhere(value, rng)
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return rng.sample([shuffled(item, rng) for item in value], len(value))
    return value


def _elsewhere(value: dict[str, Any], rng: random.Random) -> dict[str, str]:
    return {"at": f"other.yaml:{rng.randint(1, 999)}:1"} if "at" in value else {}


@pytest.mark.parametrize("seed", range(5))
def test_fingerprints_do_not_depend_on_order_or_lines(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # not for security
    examples = [item for item in EXAMPLES if item.kind == "violated" and item.document.get("view") != "declared"]
    for example in examples:
        case = context_of(example.document)
        before = fingerprints(evaluate(case, [RULES[example.rule]]).as_json())
        snapshot, declared = (
            Snapshot.from_json(shuffled(item.as_json(), rng)) for item in (case.snapshot, case.declared)
        )
        other = Context(snapshot, declared, DAY)
        assert fingerprints(evaluate(other, [RULES[example.rule]]).as_json()) == before, example.name


def test_fingerprints_do_not_depend_on_language_or_time(document: dict[str, Any]) -> None:
    texts = {json.dumps(item["values"], sort_keys=True) for item in document["findings"]}
    assert texts
    again = everything().as_json()
    assert fingerprints(again) == fingerprints(document)
    assert len(fingerprints(document)) == len(document["findings"])


def test_fingerprints_differ_for_different_violations() -> None:
    one = context_of({"snapshot": {"networks": [{"id": "extranet/a", "engine": "extranet", "name": "a"}]}})
    two = context_of({"snapshot": {"networks": [{"id": "extranet/b", "engine": "extranet", "name": "b"}]}})
    first, second = (fingerprints(evaluate(case, [RULES["NET-001"]]).as_json()) for case in (one, two))
    assert not first & second
