"""Errors of the command itself."""

from __future__ import annotations

from pathlib import Path

from inventory.texts.catalogue import Catalogue
from inventory.texts.errors import LantuError


class CommandError(LantuError):
    """Codes CLI001 and up."""

    CATALOGUE = Catalogue(Path(__file__).with_name("errors.toml"))
