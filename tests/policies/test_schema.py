"""The findings document and SARIF are valid against their schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lantu.main import main

import inventory
from inventory.texts.text import LANGS, Lang
from policies.gate.core.findings import SCHEMA
from policies.gate.evaluation import evaluate_declared
from policies.gate.outputs.render import SHAPE, rendered
from tests.policies.test_outputs import everything
from tests.policies.test_pages import STATE

FINDINGS = jsonschema.Draft202012Validator(json.loads(SHAPE.read_text("utf-8")))
SARIF = jsonschema.Draft202012Validator(json.loads((Path(__file__).parent / "sarif.schema.json").read_text("utf-8")))


def wrong(validator: jsonschema.Draft202012Validator, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def test_the_schemas_are_valid() -> None:
    for validator in (FINDINGS, SARIF):
        validator.check_schema(validator.schema)
    assert FINDINGS.schema["$id"] == FINDINGS.schema["properties"]["schema"]["const"] == SCHEMA


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Every rule, severity and state at once."""
    return everything().as_json()


def test_every_finding_of_every_rule_is_valid(document: dict[str, Any]) -> None:
    assert len(document["findings"]) > 300
    assert wrong(FINDINGS, json.loads(rendered(document, "json", "zh"))) == []


@pytest.mark.parametrize("site", ["lab", "production"])
def test_the_worked_example_is_valid(site: str) -> None:
    blueprint = inventory.load(site=site).blueprint
    assert blueprint is not None
    assert wrong(FINDINGS, evaluate_declared(blueprint).as_json()) == []


def test_outputs_of_a_subcommand_are_valid(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state, kept = tmp_path / "state.json", tmp_path / "gate.json"
    state.write_text(json.dumps(STATE))
    wish = ["check", "--view", "planned", "--from", str(state), "--write", str(kept), "--format", "json"]
    assert main(wish) == 1
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads(kept.read_text("utf-8"))
    assert wrong(FINDINGS, said) == []


def test_the_schema_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--of", "findings"]) == 0
    assert json.loads(capsys.readouterr().out) == FINDINGS.schema


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "lantu.findings/3"}, {"verdict": "good"}, {"evaluated": -1}, {"more": 1}, {"views": []},
        {"counts": {"deny": 1}}, {"findings": [{"rule": "NET-001"}]},
    ],
)  # fmt: skip
def test_the_schema_refuses_invalid_documents(document: dict[str, Any], change: dict[str, Any]) -> None:
    """The control: the validator refuses invalid documents."""
    assert wrong(FINDINGS, {**document, **change})


@pytest.mark.parametrize("lang", LANGS)
def test_sarif_is_valid(document: dict[str, Any], lang: Lang) -> None:
    log = json.loads(rendered(document, "sarif", lang))
    assert wrong(SARIF, log) == []
    run = log["runs"][0]
    bases = {
        location["physicalLocation"]["artifactLocation"]["uriBaseId"]
        for result in run["results"]
        for location in (*result["locations"], *result["relatedLocations"])
        if "physicalLocation" in location
    }
    assert bases == set(run["originalUriBaseIds"])


def test_the_sarif_schema_refuses_invalid_documents(document: dict[str, Any]) -> None:
    log = json.loads(rendered(document, "sarif", "en"))
    result = log["runs"][0]["results"][0]
    for change in ({"kind": "review"}, {"level": "deny"}, {"message": {}}, {"rank": 101}, {"fingerprint": "x"}):
        assert wrong(SARIF, {**log, "runs": [{**log["runs"][0], "results": [{**result, **change}]}]}), change
