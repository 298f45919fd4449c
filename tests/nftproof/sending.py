"""Packets sent into the box, through it and from it, and what arrives of them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.nftproof.headers import SCTP, UDPLITE
from tests.nftproof.namespaces import INTERFACES, LOST, PacketLab
from tests.nftproof.packets import ESP, ICMP, ICMPV6, NONCE, TCP, UDP, TestPacket
from tests.nftproof.rulesets.topics.routes import LISTENING

QUIET = 0.03  # seconds without a packet after which all have come


@dataclass(frozen=True, slots=True)
class Arrival:
    """The interface on which a packet left the box, and its bytes; both empty if it reached the box itself."""

    interface: str
    data: bytes


@dataclass(slots=True)
class Box:
    """The box as a sender and receiver of its own packets."""

    lab: PacketLab
    ears: list[socket.socket] = field(default_factory=list)
    mouths: dict[bool, socket.socket] = field(default_factory=dict)
    listening: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        for six in (False, True):
            family = socket.AF_INET6 if six else socket.AF_INET
            for proto in (TCP, UDP, ICMPV6 if six else ICMP, ESP, SCTP, UDPLITE):
                self.ears.append(self.lab.box.inside(partial(_ear, family, proto)))
            self.listening.append(self.lab.box.inside(partial(_listener, family)))
            self.mouths[six] = self.lab.box.inside(partial(socket.socket, family, socket.SOCK_RAW, socket.IPPROTO_RAW))

    def say(self, packet: TestPacket) -> None:
        try:
            self.mouths[packet.six].sendto(packet.bytes(), (packet.daddr, 0))
        except PermissionError:
            return  # what a drop in output tells the sender

    def heard(self) -> Iterator[int]:
        for ear in self.ears:
            while True:
                try:
                    found = number_in(ear.recv(65535))
                except BlockingIOError:
                    break
                if found is not None:
                    yield found


def _listener(family: int) -> socket.socket:
    """A socket for rules that test for one; its input is not read."""
    found = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    found.bind(("", LISTENING))
    return found


def _ear(family: int, proto: int) -> socket.socket:
    ear = socket.socket(family, socket.SOCK_RAW, proto)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    ear.setblocking(False)
    return ear


def number_in(data: bytes) -> int | None:
    at = data.find(NONCE)
    return None if at < 0 or at + 9 > len(data) else int.from_bytes(data[at + 5 : at + 9], "big")


def arrivals(lab: PacketLab, box: Box, batch: Sequence[TestPacket]) -> dict[int, Arrival]:
    """Sends the packets; by their numbers those that came out on the other side, or reached the box's own sockets."""
    before = lab.box.received(INTERFACES)
    for packet in batch:
        if packet.way == "out":
            box.say(packet)
        else:
            lab.send(packet.interface, packet.bytes())
    wanted, found = before + sum(packet.way != "out" for packet in batch), dict[int, Arrival]()
    side = {item.number: "lan" if item.way != "out" and item.interface.startswith("dmz") else "dmz" for item in batch}
    deadline = time.monotonic() + 5
    while True:
        for interface, data in lab.heard(QUIET):
            number = number_in(data)
            if number is not None and interface.startswith(
                side.get(number, "?")
            ):  # elsewhere it is quoted in a refusal
                found[number] = Arrival(interface, data)
        if lab.box.received(INTERFACES) >= wanted or time.monotonic() > deadline:
            break
    assert lab.box.received(INTERFACES) >= wanted, LOST
    return found | {number: Arrival("", b"") for number in box.heard() if number in side}
