"""Bilingual texts, and the display of values inside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")
EMPTY = {"zh": "无", "en": "none"}
TRUTH = {"zh": ("否", "是"), "en": ("no", "yes")}
COMMA = {"zh": "、", "en": ", "}
MAX_LENGTH = 80
"""Longer values of a blueprint are cut, in characters."""
MAX_ENTRIES = 30
"""Longer lists of a blueprint are cut."""


class Text(NamedTuple):
    """A sentence, a few words or a name, in both languages."""

    zh: str
    en: str

    def say(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def fill(self, **values: Any) -> Text:
        """The same text with its placeholders filled."""
        return Text(filled(self.zh, values, "zh"), filled(self.en, values, "en"))


def shown(value: Any, lang: Lang) -> str:
    """A value for display."""
    if isinstance(value, bool):
        return TRUTH[lang][value]
    if isinstance(value, Text):
        return value.say(lang)
    if isinstance(value, Mapping):
        return COMMA[lang].join(f"{key}={shown(item, lang)}" for key, item in sorted(value.items())) or EMPTY[lang]
    if isinstance(value, tuple | list | set | frozenset):
        return COMMA[lang].join(shown(item, lang) for item in value) or EMPTY[lang]
    return EMPTY[lang] if value is None or value == "" else str(value)


def filled(template: str, values: Mapping[str, Any], lang: Lang) -> str:
    """A template with its placeholders filled. KeyError if a value is missing."""
    return template.format_map({key: shown(value, lang) for key, value in values.items()})


def listed(values: Iterable[object]) -> Text:
    """A list in both languages, cut after MAX_ENTRIES."""
    texts = [printable(value) for value in values]
    texts = [*texts[:MAX_ENTRIES], "…"] if len(texts) > MAX_ENTRIES else texts
    return Text("、".join(texts) or EMPTY["zh"], ", ".join(texts) or EMPTY["en"])


def one_of(values: Iterable[object]) -> Text:
    """`one of a, b, c`; for a single value, that value."""
    entries = list(values)
    names = listed(entries)
    if len(entries) == 1:
        return names
    if not entries:
        return Text("蓝图中的一项（目前为空）", "an entry of the blueprint (there is none)")
    return Text(f"以下之一：{names.zh}", f"one of {names.en}")


def written(value: Any) -> str:
    """A value as in its file: text in quotes, so that "8080" and 8080 differ."""
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def printable(value: object) -> str:
    """A value as one short line; control characters are escaped."""
    text = str(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
