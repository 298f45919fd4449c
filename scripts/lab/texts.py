"""Sentences in both languages, and the shape of an error's entry in the catalogue."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


class CatalogueEntry(NamedTuple):
    """One kind of error: what happened, what should be so, what to do. `{name}` is filled in by LabError."""

    what: Text
    expected: Text
    remedy: Text
