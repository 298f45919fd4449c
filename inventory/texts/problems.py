"""What can be wrong in a blueprint: a stable code, a place, what was found and expected, what to do.

The sentences are data: problems.toml, in both languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from inventory.source.location import SourceLocation
from inventory.texts.phrases import Lang, in_language

TEXTS = Path(__file__).parent / "problems.toml"


@dataclass(frozen=True, slots=True)
class Text:
    """One kind of problem in one language; `values` of a problem fill the placeholders."""

    sentence: str
    expected: str
    hint: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `values` fill the placeholders of its text, `value` is what was found; `see` is the other place
    that it collides with."""

    code: str
    at: SourceLocation
    values: Mapping[str, Any] = field(default_factory=dict)
    see: SourceLocation | None = None

    def sentence(self, lang: Lang) -> str:
        """What is wrong."""
        return self._say(texts()[self.code][lang].sentence, lang)

    def expected(self, lang: Lang) -> str:
        """What should stand there; reads well after `expected`."""
        return self._say(texts()[self.code][lang].expected, lang)

    def hint(self, lang: Lang) -> str:
        """What to do about it."""
        return self._say(texts()[self.code][lang].hint, lang)

    def line(self, lang: Lang) -> str:
        """The compiler-like line: `file:line:column CODE sentence; expected ... (see file:line:column)`."""
        words = WORDS[lang]
        see = "" if self.see is None else words["see"].format(self.see)
        return f"{self.at} {self.code} {self.sentence(lang)}{words['expected'].format(self.expected(lang))}{see}"

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "file": self.at.file,
            "line": self.at.line,
            "column": self.at.column,
            "see": None if self.see is None else str(self.see),
            **{lang: self._in_words(lang) for lang in WORDS},
        }

    def _in_words(self, lang: Lang) -> dict[str, str]:
        return {
            "found": in_language(self.values.get("value", ""), lang),
            "sentence": self.sentence(lang),
            "expected": self.expected(lang),
            "hint": self.hint(lang),
        }

    def _say(self, template: str, lang: Lang) -> str:
        return template.format(**{name: in_language(value, lang) for name, value in self.values.items()})


WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"expected": "；应为{}", "see": "（另见 {}）"},
    "en": {"expected": "; expected {}", "see": " (see {})"},
}


@cache
def texts() -> dict[str, dict[Lang, Text]]:
    """Code -> its text in each language."""
    table = tomllib.loads(TEXTS.read_text("utf-8"))
    return {code: {lang: Text(*entry[lang]) for lang in WORDS} for code, entry in table.items()}


def in_order(problems: list[Problem]) -> list[Problem]:
    """By file and position, like a compiler; the same problem is told once."""
    ordered: list[Problem] = []
    for problem in sorted(problems, key=lambda item: (item.at, item.code)):
        if not ordered or problem != ordered[-1]:
            ordered.append(problem)
    return ordered
