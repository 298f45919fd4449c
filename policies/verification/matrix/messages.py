"""What a run and its workers tell each other: plain data, sent over pipes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from pathlib import Path
from typing import Any

from inventory.model.flows import Protocol, Service
from policies.verification.matrix.packets import Key
from policies.verification.matrix.sender import Order
from policies.verification.matrix.witness import ALL_DEVICES, ObservedPacket

LOOPBACKS = ("127.0.0.1", "::1")
Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """Where a worker sits: an existing namespace, or (None) a bare one of its own."""

    name: str
    namespace: Path | None
    numbers: range
    """Own numbers of this run, all senders' together."""
    serves: tuple[Service, ...] = ()
    """What it answers; nothing in a host, where only the host's own systems may answer."""
    devices: tuple[str, ...] = (ALL_DEVICES,)
    admitted: bool = False
    """Whether the namespace has rules of its own, behind which a second witness stands."""


@dataclass(frozen=True, slots=True)
class SegmentLink:
    """How a bare namespace is joined to a segment."""

    engine: Path
    """Namespace of the engine that has the segment's bridge."""
    segment: str
    """The bridge's name, and the link's in the bare namespace."""
    port: str
    """Name of the link's other end, in the engine's namespace."""
    lines: tuple[str, ...]
    """What `ip -batch` then sets in the bare namespace."""
    hidden: tuple[str, ...]
    """The engine's own addresses in the segment."""

    @property
    def inside(self) -> list[str]:
        return ["nsenter", f"--net={self.engine}"]


@dataclass(frozen=True, slots=True)
class NextHop:
    """A neighbour that a bare namespace hands packets to, whatever the address on them."""

    by: str
    mark: int
    """Packets with this mark go to it."""
    segment: str
    gateway4: str
    gateway6: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one own number sends, with a mark of its own or (0) none."""

    number: int
    mark: int
    orders: list[Order]


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """What a worker says of its namespace, once it watches and listens."""

    loopback: dict[tuple[Protocol, int], int]
    """Protocol and family -> port of its own listener on the loopback."""
    links: dict[str, tuple[Interface, ...]]
    """Link -> its addresses, the loopback left out."""
    neighbours: dict[str, tuple[Address, ...]]
    """Link -> addresses that it has had to do with."""
    routes: tuple[dict[str, Any], ...]
    """All routes of all tables of both families, as `ip -j route` tells them."""


@dataclass(frozen=True, slots=True)
class WorkerResults:
    """What a worker's witness saw, and how many packets it may have missed."""

    seen: dict[Key, set[ObservedPacket]]
    lost: int
