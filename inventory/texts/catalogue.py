"""Catalogues of texts: TOML files with one entry per code, with all parts in both languages.

    [LAB004]
    zh.what = "缺少工具 {tool}"
    en.what = "the tool {tool} is missing"

A file is read when its first text is needed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from inventory.texts.text import Lang, Text


class Catalogue:
    """The texts of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Code -> entry: `zh` and `en` with the parts, and any data beside them."""
        return tomllib.loads(self.path.read_text("utf-8"))

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def template(self, code: str, part: str, lang: Lang) -> str:
        """KeyError if there is no such code or part."""
        return str(self.entries[code][lang][part])

    def text(self, code: str, part: str) -> Text:
        """One part of an entry, its placeholders not filled."""
        return Text(self.template(code, part, "zh"), self.template(code, part, "en"))
