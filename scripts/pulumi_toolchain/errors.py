"""Errors: why Pulumi is not available, and how to get it."""

from __future__ import annotations

from pathlib import Path

from inventory.texts.catalogue import Catalogue
from inventory.texts.errors import LantuError
from pulumi_toolchain.texts import language


class ToolchainError(LantuError):
    """ENG001 no Pulumi and no Go   ENG002 modules not available   ENG003 wrong checksum
    ENG004 build failed          ENG005 cache unusable          ENG006 built, but does not run
    """

    CATALOGUE = Catalogue(Path(__file__).with_name("errors.toml"))

    def __str__(self) -> str:
        return self.text(language())
