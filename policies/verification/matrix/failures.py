"""The texts of the matrix, and the reason why an endpoint cannot be used or a probe failed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from inventory.texts.catalogue import Catalogue
from inventory.texts.text import LANGS, Lang

TEXTS = Catalogue(Path(__file__).with_name("texts.toml"))


class ProbeFailure(NamedTuple):
    key: str
    """A part of `why` in texts.toml; `reported` is the message of a tool."""
    detail: str = ""

    def text(self, lang: Lang) -> str:
        return TEXTS.template("why", self.key, lang).format(detail=self.detail)

    def as_json(self) -> dict[str, str]:
        return {lang: self.text(lang) for lang in LANGS}
