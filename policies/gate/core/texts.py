"""Texts as data: one TOML file per topic, both languages, the same placeholders. Read only when a text is needed.

A rule's code has no words: it yields values, and they are put into the sentences here. Values are plain (text, number,
list, mapping, None) or a `Name` in two languages, so that a finding reads right in each.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from inventory.texts.text import LANGS, Lang, Text, filled

HERE = Path(__file__).parent


@cache
def topic(name: str) -> dict[str, Any]:
    """The data of one file of texts: `rules/NAME.toml`."""
    return tomllib.loads((HERE.parent / "rules" / f"{name}.toml").read_text("utf-8"))


@cache
def basis() -> dict[str, Any]:
    """The clauses that rules stand on, by id."""
    return tomllib.loads((HERE / "basis.toml").read_text("utf-8"))


@cache
def common() -> dict[str, Any]:
    """Words that belong to no rule: severities, kinds, states, roles, headings."""
    return tomllib.loads((HERE / "common.toml").read_text("utf-8"))


def word(group: str, name: str, lang: Lang) -> str:
    return str(common()[group][name][lang])


def both(group: str, name: str, **values: Any) -> Text:
    """A common sentence with values in it, in both languages."""
    return Text(*(filled(word(group, name, lang), values, lang) for lang in LANGS))


def clause(name: str, lang: Lang) -> str:
    """`天津市电子政务管理办法 第九条`, as it is cited."""
    one = basis()[name]
    return f"{one[lang]['title']} {one[lang]['clause']}".strip()


def why_of(word: str) -> str | Text:
    """A reason in both languages where it is one of the common ones, else as it came from below."""
    known = common()["why"].get(word)
    return word if known is None else Text(*(known[lang] for lang in LANGS))
