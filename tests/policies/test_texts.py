"""Words: complete in both languages, with the same placeholders, and each basis is a clause that exists."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.gate.core import texts as words
from policies.gate.core.findings import DRIFTS, PARTS
from policies.gate.core.levels import Severity
from policies.gate.rules.registry import RULES

COMMON = ("not-evaluated", "failed", "to_be_observed")
TEXTS = {rule.id: rule.data for rule in RULES.values()} | {name: words.common()[name] for name in COMMON}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_say_the_same(name: str) -> None:
    texts = TEXTS[name]
    assert set(texts["zh"]) == set(texts["en"]) == set(PARTS)
    for part in PARTS:
        assert placeholders(texts["zh"][part]) == placeholders(texts["en"][part]), part
        assert texts["zh"][part].strip()
        assert texts["en"][part].strip()
    for part in ("title", "sentence", "remedy"):  # the others may be a bare value
        assert any("一" <= letter <= "鿿" for letter in texts["zh"][part]), part


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_its_data(name: str) -> None:
    data = RULES[name].data
    assert data["severity"] in list(Severity)
    assert data["basis"]
    assert set(data["basis"]) <= words.basis().keys()
    assert set(data["waiver"]) == {"by", "days"}
    assert data.get("drift", "UNAPPROVED") in DRIFTS
    assert (data["waiver"]["by"] == "nobody") == (data["waiver"]["days"] == 0)


@pytest.mark.parametrize("name", RULES)
def test_what_a_rule_judges_has_a_name(name: str) -> None:
    assert words.word("kind", RULES[name].over, "zh")


def test_no_text_is_left_without_its_rule() -> None:
    for file in (words.HERE.parent / "rules").glob("*.toml"):
        assert set(words.topic(file.stem)) <= RULES.keys(), file.name


def test_common_words_stand_in_both_languages() -> None:
    for path, entry in _entries(words.common(), ()):
        assert {"zh", "en"} <= entry.keys(), path


def _entries(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if "zh" in table or "en" in table:
        yield path, table
        return
    for key, value in table.items():
        yield from _entries(value, (*path, key))


def test_every_basis_is_used_and_complete() -> None:
    used = {name for rule in RULES.values() for name in rule.data["basis"]}
    assert used == words.basis().keys()
    for name, clause in words.basis().items():
        assert clause["certainty"] in ("read", "opening", "known"), name
        assert {"title", "clause", "gist"} <= clause["zh"].keys() & clause["en"].keys(), name


def test_code_has_no_sentences() -> None:
    """A rule's words stand in its TOML file; a Chinese letter in a rule's code would be one that is not."""
    for file in Path(words.HERE.parent / "rules").glob("*.py"):
        assert not any("一" <= letter <= "鿿" for letter in file.read_text("utf-8")), file.name
