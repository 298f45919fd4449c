"""Texts are complete in both languages, with the same placeholders, and every basis is an existing clause."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from policies.gate.core import texts
from policies.gate.core.findings import DRIFTS, PARTS
from policies.gate.core.levels import Severity
from policies.gate.rules.registry import RULES

COMMON = ("not-evaluated", "failed", "to_be_observed")
TEXTS = {rule.id: rule.data for rule in RULES.values()} | {name: texts.COMMON.entries[name] for name in COMMON}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_have_the_same_parts_and_placeholders(name: str) -> None:
    entry = TEXTS[name]
    assert set(entry["zh"]) == set(entry["en"]) == set(PARTS)
    for part in PARTS:
        assert placeholders(entry["zh"][part]) == placeholders(entry["en"][part]), part
        assert entry["zh"][part].strip()
        assert entry["en"][part].strip()
    for part in ("title", "sentence", "remedy"):  # the others may be a bare value
        assert any("一" <= letter <= "鿿" for letter in entry["zh"][part]), part


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_its_data(name: str) -> None:
    data = RULES[name].data
    assert data["severity"] in list(Severity)
    assert data["basis"]
    assert set(data["basis"]) <= texts.BASIS.entries.keys()
    assert set(data["waiver"]) == {"by", "days"}
    assert data.get("drift", "UNAPPROVED") in DRIFTS
    assert (data["waiver"]["by"] == "nobody") == (data["waiver"]["days"] == 0)


@pytest.mark.parametrize("name", RULES)
def test_every_kind_of_object_has_a_name(name: str) -> None:
    assert texts.word("kind", RULES[name].over, "zh")


def test_no_text_is_left_without_its_rule() -> None:
    for file in (texts.HERE.parent / "rules").glob("*.toml"):
        assert set(texts.topic(file.stem)) <= RULES.keys(), file.name


def test_common_texts_exist_in_both_languages() -> None:
    for group, entry in texts.COMMON.entries.items():
        assert entry["zh"].keys() == entry["en"].keys(), group


def test_every_basis_is_used_and_complete() -> None:
    used = {name for rule in RULES.values() for name in rule.data["basis"]}
    assert used == texts.BASIS.entries.keys()
    for name, clause in texts.BASIS.entries.items():
        assert clause["certainty"] in ("read", "opening", "known"), name
        assert {"title", "clause", "gist"} <= clause["zh"].keys() & clause["en"].keys(), name


def test_code_has_no_sentences() -> None:
    """The texts of a rule are in its TOML file, so its code has no Chinese letters."""
    for file in Path(texts.HERE.parent / "rules").glob("*.py"):
        assert not any("一" <= letter <= "鿿" for letter in file.read_text("utf-8")), file.name
