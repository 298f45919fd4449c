"""The address plan: which blocks a zone may take prefixes from. 地址规划"""

from __future__ import annotations

from inventory.model.base import Model
from inventory.model.forms import AnyPrefix, IPv4Prefix, Words
from inventory.model.zones import ZoneId


class Block(Model):
    """Addresses set aside for one zone; every segment's prefix lies in a block of its zone. 地址块"""

    zone: ZoneId
    """The zone that takes prefixes from it. 使用该地址块的区域"""
    prefix: AnyPrefix
    """IPv4 or IPv6 prefix; no two blocks overlap. 前缀，地址块之间不得重叠"""
    purpose_zh: Words
    """What it is for, in Chinese. 用途（中文）"""
    purpose_en: Words
    """What it is for, in English. 用途（英文）"""


class AddressesFile(Model):
    """The address plan of the district. 全区地址规划"""

    blocks: tuple[Block, ...]
    """Addresses set aside for each zone. 各区域的地址块"""
    overlays: IPv4Prefix
    """Where the shared cloud takes its systems' own networks from, a /24 each; inside a block of the extranet.
    政务云各系统专用网络的地址来源，每个系统一个 /24，须在外网地址块内"""
