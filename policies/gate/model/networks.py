"""Networks, and what the address plan and the zones say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Network(ModelObject):
    """A network of an engine; `id` is ENGINE/NAME. Prefixes are in normal form and in order."""

    id: str
    engine: str
    name: str
    driver: str = "bridge"
    internal: bool = False
    ipv6: bool = False
    attachable: bool = False
    ingress: bool = False
    prefixes: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    ipam_driver: str = "default"
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    """The engine's own id of it, where it exists."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Segment(ModelObject):
    """What the blueprint says of a network beyond what an engine knows."""

    id: str
    network: str
    zone: str
    kind: str
    location: str
    agency: str = ""
    gateways: tuple[str, ...] = ()
    """Addresses that hosts may route by: those of its gateways and their common virtual one."""
    vantages: int = 0
    """How many vantage points of people stand in it."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Block(ModelObject):
    """Addresses set aside for one zone."""

    id: str
    zone: str
    location: str
    prefix: str
    at: str = ""
