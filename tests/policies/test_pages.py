"""docs/rules.md and `lantu rules` equal the rules; the offline planned view reads Pulumi's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lantu.main import main

from inventory.texts.text import LANGS, Lang
from policies.gate.catalogue import entries
from policies.gate.rule_pages import PLACEHOLDER, RENEW, document, page
from policies.gate.rules.registry import RULES
from policies.gate.views import pulumi_documents

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_rules_is_not_stale() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == document(entries()), f"renew: {RENEW}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_is_listed_and_printed(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--lang", lang, "--format", "json"]) == 0
    assert [load["id"] for load in json.loads(capsys.readouterr().out)["rules"]] == list(RULES)
    assert main(["rules", "show", "NET-001", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert RULES["NET-001"].data[lang]["title"] in shown
    example = {"zh": "例如：网络 rogue（引擎 extranet", "en": "for example: network rogue (engine extranet"}[lang]
    assert example in shown
    assert "{" not in shown
    assert main(["rules", "show", "NET-001", "--lang", lang, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["example"]["case"]) == ("lantu.rule/2", "violated-on-a-rogue-network")


@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_has_a_page(lang: Lang) -> None:
    for entry in entries():
        shown = page(entry, lang)
        assert entry["id"] in shown
        assert PLACEHOLDER.sub("…", entry["texts"][lang]["remedy"]) in shown


def test_a_rule_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "NET-999", "--lang", "en"]) == 2
    assert "no rule NET-999" in capsys.readouterr().err


STATE = {
    "version": 3,
    "deployment": {
        "resources": [
            {"urn": "urn:pulumi:lab-extranet::lantu::pulumi:pulumi:Stack::s", "type": "pulumi:pulumi:Stack"},
            {
                "urn": "urn:pulumi:lab-extranet::lantu::docker:index/network:Network::rogue",
                "type": "docker:index/network:Network",
                "id": "a" * 64,
                "inputs": {"name": "rogue"},
                "provider": "urn:pulumi:lab-extranet::lantu::pulumi:providers:docker::engine::b7a0",
            },
            {"urn": "urn:pulumi:lab-extranet::lantu::x::old", "type": "x", "delete": True},
        ]
    },
}


def test_an_exported_state_is_read(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(STATE))
    stack = pulumi_documents.read(file)
    assert (stack.name, stack.project) == ("lab-extranet", "lantu")
    assert [resource.props for resource in stack.resources] == [{}, {"name": "rogue"}]
    assert stack.resources[1].provider == "urn:pulumi:lab-extranet::lantu::pulumi:providers:docker::engine"


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"deployment": {"resources": []}}', '{"sequence": 1}'])
def test_an_invalid_state_is_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"state\.json"):
        pulumi_documents.read(file)
