"""Messages between a run and its workers: plain data, sent over pipes."""

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
    """Where a worker runs: an existing namespace, or a new bare one (None)."""

    name: str
    namespace: Path | None
    numbers: range
    """Sender numbers of this run."""
    serves: tuple[Service, ...] = ()
    """Services that it answers; none in a host, where only the host's own services answer."""
    devices: tuple[str, ...] = (ALL_DEVICES,)
    admitted: bool = False
    """Whether the namespace has rules, behind which a second witness listens."""


@dataclass(frozen=True, slots=True)
class SegmentLink:
    """How a bare namespace is connected to a segment."""

    engine: Path
    """Namespace of the engine that has the segment's bridge."""
    segment: str
    """The bridge's name, and the link's in the bare namespace."""
    port: str
    """Name of the link's other end, in the engine's namespace."""
    lines: tuple[str, ...]
    """Input of `ip -batch` in the bare namespace."""
    hidden: tuple[str, ...]
    """The engine's own addresses in the segment."""

    @property
    def inside(self) -> list[str]:
        return ["nsenter", f"--net={self.engine}"]


@dataclass(frozen=True, slots=True)
class NextHop:
    """A neighbour to which a bare namespace forwards packets of any destination."""

    by: str
    mark: int
    """Firewall mark of the packets for it."""
    segment: str
    gateway4: str
    gateway6: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Probes of one sender number, with a firewall mark (0: none)."""

    number: int
    mark: int
    orders: list[Order]


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The state of a worker's namespace, after its witness and listeners have started."""

    loopback: dict[tuple[Protocol, int], int]
    """Protocol and family -> port of its listener on the loopback."""
    links: dict[str, tuple[Interface, ...]]
    """Interface -> its addresses, without the loopback."""
    neighbours: dict[str, tuple[Address, ...]]
    """Interface -> addresses in its neighbour table."""
    routes: tuple[dict[str, Any], ...]
    """All routes of all tables of both families, as `ip -j route` prints them."""


@dataclass(frozen=True, slots=True)
class WorkerResults:
    """The packets that a worker's witness saw, and how many it may have lost."""

    seen: dict[Key, set[ObservedPacket]]
    lost: int
