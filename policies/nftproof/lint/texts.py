"""The proof's sentences in the reader's language, from texts.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def say(code: str, lang: str, **values: object) -> str:
    """The sentence of a code, in zh or en, with its placeholders filled."""
    entry = _texts()
    for part in code.split("."):
        entry = entry[part]
    return str(entry[lang]).format(**values)
