"""Words for people, always in both languages. Used wherever a value inside a sentence is itself a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Lang = Literal["zh", "en"]
LONGEST = 80
"""Found values are cut where they are longer, in characters."""
MOST = 30
"""Lists are cut where they have more entries."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A few words in Chinese and in English."""

    zh: str
    en: str

    def say(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def listed(values: Iterable[object]) -> Phrase:
    """`a, b, c` as each language writes a list."""
    texts = [shown(value) for value in values]
    texts = [*texts[:MOST], "…"] if len(texts) > MOST else texts
    return Phrase("、".join(texts) or "无", ", ".join(texts) or "none")


def one_of(values: Iterable[object]) -> Phrase:
    """One of a list; with a single entry, that one."""
    texts = list(values)
    names = listed(texts)
    if len(texts) == 1:
        return names
    if not texts:
        return Phrase("已登记的一项（现在一项也没有）", "one that is entered (there is none yet)")
    return Phrase(f"以下之一：{names.zh}", f"one of {names.en}")


def in_language(value: object, lang: Lang) -> str:
    """A placeholder's value within a sentence of that language."""
    return value.say(lang) if isinstance(value, Phrase) else shown(value)


def written(value: Any) -> str:
    """A found value as its file writes it: text in quotes, so that "8080" and 8080 look different."""
    return shown(json.dumps(value, ensure_ascii=False, default=str))


def shown(value: object) -> str:
    """Any value as one short printable line; what a terminal would act on is spelt out."""
    text = str(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
