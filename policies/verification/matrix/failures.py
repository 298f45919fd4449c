"""Why something cannot be used or did not succeed, for people: a sentence of words.toml and its detail."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from inventory.texts.text import LANGS, Lang


class Failure(NamedTuple):
    key: str
    """An entry of `why` in words.toml; `told` is a tool's own words."""
    detail: str = ""

    def text(self, lang: Lang) -> str:
        return str(words()["why"][self.key][lang]).format(detail=self.detail)

    def as_json(self) -> dict[str, str]:
        return {lang: self.text(lang) for lang in LANGS}


@cache
def words() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
