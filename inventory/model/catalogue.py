"""The catalogue of data resources. 政务信息资源目录"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.agencies import Source
from inventory.model.base import Model, Named
from inventory.model.forms import Id, Words
from inventory.model.zones import DataClass


class ResourceKind(StrEnum):
    """Kinds of the national guide: base databases, themes across agencies, databases of one department.
    国家指南的分类：基础库、主题库、部门库"""

    BASE = "base"
    THEME = "theme"
    DEPARTMENT = "department"


class Sharing(StrEnum):
    """Unconditional, conditional, or not shared. 无条件共享、有条件共享、不予共享"""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class DataResource(Named):
    """A data resource with exactly one source. 一项数据资源"""

    kind: ResourceKind
    provider: Id
    """The agency that is its source. 提供单位，一数一源"""
    data_class: DataClass
    """Its data class. 数据级别"""
    sharing: Sharing
    update: Words
    """How often it is updated. 更新周期"""
    source: Source
    """Whether the district's documents name it. 来源"""


class CatalogueFile(Model):
    """The catalogue of data resources. 政务信息资源目录"""

    resources: tuple[DataResource, ...]
    """All resources, each with exactly one source. 全部资源，一数一源"""
