"""The catalogue of data resources. 政务信息资源目录"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.agencies import Source
from inventory.model.base import Id, Model, Named, Words
from inventory.model.zones import DataClass


class ResourceKind(StrEnum):
    """Kinds by the national guide: base databases, themes across agencies, one department's own."""

    BASE = "base"
    THEME = "theme"
    DEPARTMENT = "department"


class Sharing(StrEnum):
    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Resource(Named):
    kind: ResourceKind
    provider: Id
    """The one agency that is its source (一数一源)."""
    data_class: DataClass
    sharing: Sharing
    update: Words
    """How often it is brought up to date."""
    source: Source


class CatalogueFile(Model):
    """catalogue.yaml"""

    resources: tuple[Resource, ...]
