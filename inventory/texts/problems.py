"""Problems of a blueprint: code, source location, actual and expected value, remedy.

The texts are in problems.toml, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inventory.source.location import SourceLocation
from inventory.texts.catalogue import Catalogue
from inventory.texts.text import LANGS, Lang, Text, printable

CATALOGUE = Catalogue(Path(__file__).with_name("problems.toml"))
EXPECTED = Text("；应为{}", "; expected {}")
SEE = Text("（另见 {}）", " (see {})")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a blueprint. `values` fill the placeholders of its texts; `value` is the actual value.
    `see` is the source location of the entry that it conflicts with."""

    code: str
    at: SourceLocation
    values: Mapping[str, Any] = field(default_factory=dict)
    see: SourceLocation | None = None

    def sentence(self, lang: Lang) -> str:
        """The problem."""
        return self._part("what", lang)

    def expected(self, lang: Lang) -> str:
        """The expected value; reads well after `expected`."""
        return self._part("expected", lang)

    def remedy(self, lang: Lang) -> str:
        """The remedy."""
        return self._part("remedy", lang)

    def line(self, lang: Lang) -> str:
        """One line as of a compiler: `file:line:column CODE sentence; expected ... (see file:line:column)`."""
        see = "" if self.see is None else SEE.say(lang).format(self.see)
        return f"{self.at} {self.code} {self.sentence(lang)}{EXPECTED.say(lang).format(self.expected(lang))}{see}"

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "file": self.at.file,
            "line": self.at.line,
            "column": self.at.column,
            "see": None if self.see is None else str(self.see),
            **{lang: self._texts(lang) for lang in LANGS},
        }

    def _texts(self, lang: Lang) -> dict[str, str]:
        return {
            "found": _value(self.values.get("value", ""), lang),
            "sentence": self.sentence(lang),
            "expected": self.expected(lang),
            "remedy": self.remedy(lang),
        }

    def _part(self, part: str, lang: Lang) -> str:
        template = CATALOGUE.template(self.code, part, lang)
        return template.format(**{name: _value(value, lang) for name, value in self.values.items()})


def _value(value: object, lang: Lang) -> str:
    """A value inside a sentence; values from files are cut and escaped."""
    return value.say(lang) if isinstance(value, Text) else printable(value)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Problems sorted by source location, without duplicates."""
    ordered: list[Problem] = []
    for problem in sorted(problems, key=lambda problem: (problem.at, problem.code)):
        if not ordered or problem != ordered[-1]:
            ordered.append(problem)
    return ordered
