"""The district and its agencies. 区与单位"""

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
    """Named in the district's documents, or added to complete the example. 出自原文件，或为示例补充"""

    NAMED = "named"
    COMPOSED = "composed"


class Agency(Named):
    """An agency of the district: bureau, centre, town or street. 单位"""

    kind: AgencyKind
    """bureau, centre, town or street. 局、中心、镇或街道"""
    domain: Label
    """Label of its website under the portal's domain; one website per agency. 子站域名标签，一个单位一个子站"""
    source: Source
    """Whether the district's documents name it. 来源"""


class District(Named):
    """The district that the blueprint describes. 本蓝图所描述的区"""

    city_zh: Words
    """Its city, in Chinese. 所属城市（中文）"""
    city_en: Words
    """Its city, in English. 所属城市（英文）"""
    domain: Domain
    """Domain of the portal; the agencies' websites are subdomains. 门户域名，各单位子站为其子域名"""
    authority: Id
    """Agency that decides on networks and systems (the IT authority). 信息化主管部门"""


class AgenciesFile(Model):
    """The district and its agencies. 区与各单位"""

    district: District
    agencies: tuple[Agency, ...]
    """All agencies, towns and streets. 全部单位"""
