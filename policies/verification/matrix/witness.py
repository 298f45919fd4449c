"""Receiver-side witnesses: the packets that arrived in a namespace, whatever the sender observed.

Two levels, because hosts have rules: `IN` is before the host's rules, `ADMITTED` is behind them.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from policies.verification.matrix.packets import CALL_TYPE, ICMP4, ICMP6, TCP, UDP, Key, call_key, key_of

ETH_P_ALL, SOL_PACKET, PACKET_STATISTICS = 0x0003, 263, 6
SO_MEMINFO = 55
OTHER_HOST, OUTGOING = 3, 4
ALL_DEVICES = ""
BUFFER = 64 << 20
SNAP = 160  # enough for both IP headers and the first bytes of what they carry
AT_ONCE = 4000
LOOPBACK = "lo"
ADMITTED = (
    *((socket.AF_INET, protocol) for protocol in (TCP, UDP, ICMP4)),
    *((socket.AF_INET6, protocol) for protocol in (TCP, UDP, ICMP6)),
)


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    ADMITTED = "admitted"


class ObservedPacket(NamedTuple):
    direction: Direction
    device: str
    source: bytes
    """Packed source address of the packet on arrival."""


class Witness:
    """Watches devices of the current namespace for packets whose sender number is in `numbers`."""

    def __init__(self, numbers: range, devices: Iterable[str] = (ALL_DEVICES,), admitted: bool = False) -> None:
        self.numbers = numbers
        self.seen: dict[Key, set[ObservedPacket]] = {}
        self.lost = 0
        self.wire = [_wire(device) for device in devices]
        self.past_rules = [_past_rules(*item) for item in ADMITTED] if admitted else []

    def sockets(self) -> list[socket.socket]:
        return [*self.wire, *self.past_rules]

    def read(self, sniffer: socket.socket) -> bool:
        """Read the packets of one of its sockets. Returns whether there may be more."""
        take = self._take_past_rules if sniffer in self.past_rules else self._take_wire
        try:
            for _ in range(AT_ONCE):
                take(sniffer)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOBUFS, errno.ENETDOWN):
                raise
            self.lost += 1  # the kernel's buffer was full, or a device disappeared
        return True

    def finish(self) -> None:
        """Read the remaining packets and the kernel's drop counters."""
        for item in self.sockets():
            while self.read(item):
                pass
        for item in self.wire:
            self.lost += struct.unpack("2I", item.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        for item in self.past_rules:
            self.lost += struct.unpack("9I", item.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[8]

    def _take_wire(self, sniffer: socket.socket) -> None:
        packet, (device, frame, kind, *_) = sniffer.recvfrom(SNAP)
        direction = Direction.OUT if kind == OUTGOING else Direction.IN
        if frame == CALL_TYPE:
            self._hear(packet, direction, device)
        elif kind != OTHER_HOST:
            self._note(packet, direction, device)

    def _hear(self, frame: bytes, direction: Direction, device: str) -> None:
        number = int.from_bytes(frame[:2])
        if number in self.numbers:
            self.seen.setdefault(call_key(number), set()).add(ObservedPacket(direction, device, b""))

    def _take_past_rules(self, sniffer: socket.socket) -> None:
        if sniffer.family == socket.AF_INET:
            packet = sniffer.recv(SNAP)
            self._note(packet, Direction.ADMITTED, "")
            return
        content, ancillary, _, sender = sniffer.recvmsg(SNAP, socket.CMSG_SPACE(20))
        for _, kind, data in ancillary:
            if kind == socket.IPV6_PKTINFO:  # raw IPv6 sockets omit the header: rebuild the fields that a key needs
                source = socket.inet_pton(socket.AF_INET6, sender[0].partition("%")[0])
                header = struct.pack("!IHBB", 6 << 28, 0, sniffer.proto, 0) + source + data[:16]
                self._note(header + content, Direction.ADMITTED, "")

    def _note(self, packet: bytes, direction: Direction, device: str) -> None:
        opening = key_of(packet)
        if opening is not None and opening[0][1] in self.numbers:
            key, source = opening
            self.seen.setdefault(key, set()).add(ObservedPacket(direction, device, source))


def _wire(device: str) -> socket.socket:
    """Receives every frame: incoming ones before any rule, outgoing ones after every rule."""
    at_once = 0 if device else socket.htons(ETH_P_ALL)  # a device socket receives only after it is bound
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, at_once)
    sniffer.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
    if device:
        sniffer.bind((device, ETH_P_ALL))
    return sniffer


def _past_rules(family: socket.AddressFamily, protocol: int) -> socket.socket:
    """Receives every packet of a protocol that the namespace's rules accept."""
    sniffer = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
    sniffer.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
    if family == socket.AF_INET6:
        sniffer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    return sniffer
