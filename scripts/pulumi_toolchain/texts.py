"""The texts of this package: texts.toml, in the user's language."""

from __future__ import annotations

import functools
import os
import tomllib
from pathlib import Path

from inventory.texts.text import Lang


@functools.cache
def table() -> dict[str, dict[str, str]]:
    """Every sentence: key -> {"zh": …, "en": …}."""
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def language() -> Lang:
    """`zh` or `en`: by LANTU_LANG, then by the locale."""
    settings = (os.environ.get(name) for name in ("LANTU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, settings), "").startswith("zh") else "en"


def word(key: str, **facts: object) -> str:
    """The sentence `key` in the user's language, with its placeholders filled."""
    return sentence(key, language(), **facts)


def sentence(key: str, language: Lang, **facts: object) -> str:
    """The sentence `key` in `zh` or `en`."""
    return table()[key][language].format(**facts)


def elapsed(seconds: float) -> str:
    """A duration as text: 40 s, 2 min 5 s."""
    minutes, rest = divmod(int(seconds), 60)
    return word("minutes", minutes=minutes, seconds=rest) if minutes else word("seconds", seconds=rest)
