"""The texts of the gate: catalogues in both languages, with placeholders that a finding's values fill.

Rules yield values only. A value is plain (text, number, list, mapping, None) or a `Text` in two languages.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from inventory.texts.catalogue import Catalogue
from inventory.texts.text import Lang, Text

HERE = Path(__file__).parent
COMMON = Catalogue(HERE / "common.toml")
"""Texts that belong to no rule: severities, kinds, statuses, roles, headings."""
BASIS = Catalogue(HERE / "basis.toml")
"""The clauses that rules are based on, by id."""


@cache
def topic(name: str) -> Catalogue:
    """The rules of one file, `rules/NAME.toml`: texts, severity, basis, waiver."""
    return Catalogue(HERE.parent / "rules" / f"{name}.toml")


def word(group: str, name: str, lang: Lang) -> str:
    return COMMON.template(group, name, lang)


def clause(name: str, lang: Lang) -> str:
    """A clause as it is cited: `天津市电子政务管理办法 第九条`."""
    return f"{BASIS.template(name, 'title', lang)} {BASIS.template(name, 'clause', lang)}".strip()


def why_of(reason: str) -> str | Text:
    """A reason in both languages if it is a common one, else unchanged."""
    return COMMON.text("why", reason) if reason in COMMON.entries["why"]["zh"] else reason
