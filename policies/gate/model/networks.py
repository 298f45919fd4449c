"""Networks, segments and address blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Network(ModelObject):
    """A network of an engine; `id` is ENGINE/NAME. Prefixes are normalised and sorted."""

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
    """The engine's internal id, if it exists."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Segment(ModelObject):
    """Data of the blueprint about a network that engines do not have."""

    id: str
    network: str
    zone: str
    kind: str
    location: str
    agency: str = ""
    gateways: tuple[str, ...] = ()
    """Allowed next hops: the addresses of its gateways and their virtual address."""
    vantages: int = 0
    """Number of vantage points in it."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Block(ModelObject):
    """Addresses reserved for one zone."""

    id: str
    zone: str
    location: str
    prefix: str
    at: str = ""
