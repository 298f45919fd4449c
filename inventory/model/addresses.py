"""The address plan: which blocks a zone may take prefixes from. 地址规划"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from inventory.model.base import Model, Words
from inventory.model.zones import ZoneId


class Block(Model):
    """Addresses set aside for one zone; every segment's prefix lies in a block of its zone."""

    zone: ZoneId
    prefix: IPv4Network | IPv6Network
    purpose_zh: Words
    purpose_en: Words


class AddressesFile(Model):
    """addresses.yaml"""

    blocks: tuple[Block, ...]
    overlays: IPv4Network
    """Where the shared cloud takes its tenants' overlay networks from; inside a block of the extranet."""
