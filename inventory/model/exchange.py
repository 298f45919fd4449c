"""The exchange plan: who gives which resource to whom, and for what. 数据共享交换计划"""

from __future__ import annotations

from inventory.model.agencies import Source
from inventory.model.base import Model
from inventory.model.forms import Id, Words


class Exchange(Model):
    """One agency gives one resource to one other. 一项交换"""

    id: Id
    """Stable id. 编号"""
    resource: Id
    """The resource of the catalogue. 目录中的资源"""
    provider: Id
    """The agency that gives it: the one that the catalogue names. 提供单位，与目录一致"""
    consumer: Id
    """The agency that gets it. 使用单位"""
    purpose_zh: Words
    """What it is for, in Chinese. 用途（中文）"""
    purpose_en: Words
    """What it is for, in English. 用途（英文）"""
    source: Source
    """Whether the district's papers name it. 来源"""


class ExchangeFile(Model):
    """The exchange plan. 数据共享交换计划"""

    platform: Id
    """The system that all exchange goes through. 统一交换平台"""
    exchanges: tuple[Exchange, ...]
    """Who gives what to whom. 全部交换"""
