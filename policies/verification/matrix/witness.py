"""Receiver-side witnesses: what really arrived in a namespace, whatever the sender was told.

Two levels, because a host has rules of its own: `IN` is the wire (before the host's rules), `ADMITTED` is past them.
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
    """Packed source address as the packet carried it here."""


class Witness:
    """Watches some devices of the namespace that it is made in, for packets whose own number is in `numbers`."""

    def __init__(self, numbers: range, devices: Iterable[str] = (ALL_DEVICES,), admitted: bool = False) -> None:
        self.numbers = numbers
        self.seen: dict[Key, set[ObservedPacket]] = {}
        self.lost = 0
        self.wire = [_wire(device) for device in devices]
        self.past_rules = [_past_rules(*item) for item in ADMITTED] if admitted else []

    def sockets(self) -> list[socket.socket]:
        return [*self.wire, *self.past_rules]

    def read(self, one: socket.socket) -> bool:
        """Takes in what has come to one of its sockets; whether there may be more."""
        take = self._take_past_rules if one in self.past_rules else self._take_wire
        try:
            for _ in range(AT_ONCE):
                take(one)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOBUFS, errno.ENETDOWN):
                raise
            self.lost += 1  # the kernel had no room, or a device went away under us: what we did not see, we must say
        return True

    def finish(self) -> None:
        """Reads all that is left and asks the kernel how much it had to drop."""
        for item in self.sockets():
            while self.read(item):
                pass
        for item in self.wire:
            self.lost += struct.unpack("2I", item.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        for item in self.past_rules:
            self.lost += struct.unpack("9I", item.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[8]

    def _take_wire(self, one: socket.socket) -> None:
        packet, (device, frame, kind, *_) = one.recvfrom(SNAP)
        direction = Direction.OUT if kind == OUTGOING else Direction.IN
        if frame == CALL_TYPE:
            self._hear(packet, direction, device)
        elif kind != OTHER_HOST:
            self._note(packet, direction, device)

    def _hear(self, frame: bytes, direction: Direction, device: str) -> None:
        number = int.from_bytes(frame[:2])
        if number in self.numbers:
            self.seen.setdefault(call_key(number), set()).add(ObservedPacket(direction, device, b""))

    def _take_past_rules(self, one: socket.socket) -> None:
        if one.family == socket.AF_INET:
            packet = one.recv(SNAP)
            self._note(packet, Direction.ADMITTED, "")
            return
        content, ancillary, _, sender = one.recvmsg(SNAP, socket.CMSG_SPACE(20))
        for _, kind, data in ancillary:
            if kind == socket.IPV6_PKTINFO:  # raw IPv6 sockets leave out the header: put back what a key needs
                source = socket.inet_pton(socket.AF_INET6, sender[0].partition("%")[0])
                header = struct.pack("!IHBB", 6 << 28, 0, one.proto, 0) + source + data[:16]
                self._note(header + content, Direction.ADMITTED, "")

    def _note(self, packet: bytes, direction: Direction, device: str) -> None:
        found = key_of(packet)
        if found is not None and found[0][1] in self.numbers:
            self.seen.setdefault(found[0], set()).add(ObservedPacket(direction, device, found[1]))


def _wire(device: str) -> socket.socket:
    """Sees every frame, both ways, before any rule for arriving and after every rule for leaving ones."""
    at_once = 0 if device else socket.htons(ETH_P_ALL)  # from the start, or only once bound to its device
    one = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, at_once)
    one.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
    if device:
        one.bind((device, ETH_P_ALL))
    return one


def _past_rules(family: socket.AddressFamily, protocol: int) -> socket.socket:
    """Sees every packet of a protocol that the namespace's own rules let in, whether or not somebody answers."""
    one = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
    one.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    return one
