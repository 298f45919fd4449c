"""The exchange plan: who gives which resource to whom, and for what. 数据共享交换计划"""

from __future__ import annotations

from inventory.model.agencies import Source
from inventory.model.base import Id, Model, Words


class Exchange(Model):
    id: Id
    resource: Id
    provider: Id
    consumer: Id
    purpose_zh: Words
    purpose_en: Words
    source: Source


class ExchangeFile(Model):
    """exchange.yaml"""

    platform: Id
    """The system that all exchange goes through."""
    exchanges: tuple[Exchange, ...]
