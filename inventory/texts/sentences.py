"""Templates in two languages, filled with values that read right in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")
EMPTY = {"zh": "无", "en": "none"}
TRUTH = {"zh": ("否", "是"), "en": ("no", "yes")}
COMMA = {"zh": "、", "en": ", "}


class Name(NamedTuple):
    """A display name in both languages."""

    zh: str
    en: str


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


def filled(text: str, values: Mapping[str, Any], lang: Lang) -> str:
    return text.format_map({key: shown(value, lang) for key, value in values.items()})
