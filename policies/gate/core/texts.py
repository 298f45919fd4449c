"""Texts as data: one TOML file per topic, both languages, the same placeholders. Read only when a text is needed.

A rule's code has no words: it yields values, and they are put into the sentences here. Values are plain (text, number,
list, mapping, None) or a `Name` in two languages, so that a finding reads right in each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")
HERE = Path(__file__).parent
EMPTY = {"zh": "无", "en": "none"}
TRUTH = {"zh": ("否", "是"), "en": ("no", "yes")}
COMMA = {"zh": "、", "en": ", "}


class Name(NamedTuple):
    """A display name in both languages."""

    zh: str
    en: str


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


def shown(value: Any, lang: Lang) -> str:
    """One value as people read it."""
    if isinstance(value, bool):
        return TRUTH[lang][value]
    if isinstance(value, Name):
        return value[LANGS.index(lang)]
    if isinstance(value, Mapping):
        return COMMA[lang].join(f"{key}={shown(one, lang)}" for key, one in sorted(value.items())) or EMPTY[lang]
    if isinstance(value, tuple | list | set | frozenset):
        return COMMA[lang].join(shown(item, lang) for item in value) or EMPTY[lang]
    return EMPTY[lang] if value is None or value == "" else str(value)


def both(group: str, name: str, **values: Any) -> Name:
    """A common sentence with values in it, in both languages."""
    return Name(*(filled(word(group, name, lang), values, lang) for lang in LANGS))


def filled(text: str, values: Mapping[str, Any], lang: Lang) -> str:
    return text.format_map({key: shown(value, lang) for key, value in values.items()})


def clause(name: str, lang: Lang) -> str:
    """`天津市电子政务管理办法 第九条`, as it is cited."""
    one = basis()[name]
    return f"{one[lang]['title']} {one[lang]['clause']}".strip()
