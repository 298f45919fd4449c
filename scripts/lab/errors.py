"""Errors of the lab, and the callback by which long work reports progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inventory.texts.catalogue import Catalogue
from inventory.texts.errors import LantuError
from inventory.texts.text import Text

Say = Callable[[Text], None]
"""Reports progress."""


def silent(_: Text) -> None:
    """A `Say` that reports nothing."""


class LabError(LantuError):
    """Codes LAB001 and up."""

    CATALOGUE = Catalogue(Path(__file__).with_name("errors.toml"))
