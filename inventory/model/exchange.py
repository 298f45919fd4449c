"""The exchange plan: provider, consumer and purpose of each shared resource. 数据共享交换计划"""

from __future__ import annotations

from inventory.model.agencies import Source
from inventory.model.base import Model
from inventory.model.forms import Id, Words


class Exchange(Model):
    """One agency provides one resource to another agency. 一项交换"""

    id: Id
    """Stable id. 编号"""
    resource: Id
    """Resource in the catalogue. 目录中的资源"""
    provider: Id
    """Agency that provides it, as in the catalogue. 提供单位，与目录一致"""
    consumer: Id
    """Agency that receives it. 使用单位"""
    purpose_zh: Words
    """Purpose in Chinese. 用途（中文）"""
    purpose_en: Words
    """Purpose in English. 用途（英文）"""
    source: Source
    """Whether the district's documents name it. 来源"""


class ExchangeFile(Model):
    """The exchange plan. 数据共享交换计划"""

    platform: Id
    """System through which all exchanges pass. 统一交换平台"""
    exchanges: tuple[Exchange, ...]
    """All exchanges. 全部交换"""
