"""The district and the units that build and use its systems. 单位"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.base import Model, Named
from inventory.model.forms import Domain, Id, Label, Words


class AgencyKind(StrEnum):
    BUREAU = "bureau"
    TOWN = "town"
    STREET = "street"
    CENTRE = "centre"


class Source(StrEnum):
    """Named by the district's own papers, or composed to make the example whole. 出自原文件，或为示例补充"""

    NAMED = "named"
    COMPOSED = "composed"


class Agency(Named):
    """A unit of the district: bureau, centre, town or street. 单位"""

    kind: AgencyKind
    """bureau, centre, town or street. 局、中心、镇或街道"""
    domain: Label
    """Its label under the portal's domain; an agency has one site. 子站域名标签，一个单位一个子站"""
    source: Source
    """Whether the district's papers name it. 来源"""


class District(Named):
    """The district that the blueprint describes. 本蓝图所描述的区"""

    city_zh: Words
    """The city that it belongs to, in Chinese. 所属城市（中文）"""
    city_en: Words
    """The city that it belongs to, in English. 所属城市（英文）"""
    domain: Domain
    """The portal's domain; every agency's site stands below it. 门户域名，各单位子站在其下"""
    authority: Id
    """The agency that decides on networks and systems (the IT authority). 信息化主管部门"""


class AgenciesFile(Model):
    """The district and its agencies. 区与各单位"""

    district: District
    agencies: tuple[Agency, ...]
    """All agencies, towns and streets that take part. 全部参与单位"""
