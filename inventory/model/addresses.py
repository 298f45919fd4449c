"""The address plan: blocks of addresses for each zone. 地址规划"""

from __future__ import annotations

from inventory.model.base import Model
from inventory.model.forms import AnyPrefix, IPv4Prefix, Words
from inventory.model.zones import ZoneId


class Block(Model):
    """Addresses of one zone. The prefix of a segment must be inside a block of its zone. 地址块"""

    zone: ZoneId
    """Its zone. 使用该地址块的区域"""
    prefix: AnyPrefix
    """IPv4 or IPv6 prefix; blocks must not overlap. 前缀，地址块之间不得重叠"""
    purpose_zh: Words
    """Purpose in Chinese. 用途（中文）"""
    purpose_en: Words
    """Purpose in English. 用途（英文）"""


class AddressesFile(Model):
    """The address plan of the district. 全区地址规划"""

    blocks: tuple[Block, ...]
    """Blocks of addresses for each zone. 各区域的地址块"""
    overlays: IPv4Prefix
    """Prefix for the systems' networks in the shared cloud, one /24 per system; inside a block of the extranet.
    政务云各系统网络所用的前缀，每个系统一个 /24，须在外网地址块内"""
