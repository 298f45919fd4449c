"""A bridge of the box's own with a station behind each port, and a leg for ARP; real frames between them.

Two network namespaces, made for one test run and gone with it: the box, and all the stations.
"""

from __future__ import annotations

import errno
import json
import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.nftproof.comparing import number_in
from tests.nftproof.layers.frames import BOX, BRIDGE, LEG, OWN_ADDRESS, PORTS, STATION, Frame, mac
from tests.nftproof.namespaces import LOST, Namespace, namespaces, raw

QUIET = 0.02  # seconds without a frame after which all have come
ASIDE = "x0"
"""A leg that nothing leads to, but rules that send frames elsewhere."""
WATCHED = "arp arrivals"
"""A place where no frame comes out: what passed ARP's input hook, as a chain behind all others saw it."""
Arrival = tuple[int, str]
"""A frame's number, and the interface at which it came out (br0: it came up to the box itself)."""
SETTINGS = """
net.ipv4.conf.all.rp_filter=0
net.ipv4.conf.default.rp_filter=0
net.ipv6.conf.all.disable_ipv6=1
net.ipv6.conf.default.disable_ipv6=1
net.bridge.bridge-nf-call-arptables=0
net.bridge.bridge-nf-call-ip6tables=0
net.bridge.bridge-nf-call-iptables=0
"""
WATCH = """
table arp watch {
    set seen { type ether_addr; size 65535; flags dynamic; }
    chain last { type filter hook input priority 2147483647; add @seen { arp saddr ether }; }
}
"""


@dataclass(slots=True)
class Segment:
    """The box and its stations, with raw sockets at every place where a frame can come out."""

    box: Namespace
    stations: Namespace
    ears: dict[str, socket.socket] = field(default_factory=dict)

    def arrivals(self, frames: Sequence[Frame]) -> set[Arrival]:
        """Sends the frames; where each came out. Fails where the box did not receive all that was sent to it."""
        numbers = {frame.number for frame in frames}
        sent = [frame for frame in frames if frame.way != "own"]
        wanted = self.box.received((*PORTS, LEG)) + len(sent)
        for frame in frames:
            self._send(frame)
        found, deadline = set[Arrival](), time.monotonic() + 5
        while True:
            found |= {item for item in self._heard() if item[0] in numbers}
            if self.box.received((*PORTS, LEG)) >= wanted or time.monotonic() > deadline:
                break
        assert self.box.received((*PORTS, LEG)) >= wanted, LOST
        if any(frame.way == "arp" for frame in frames):
            found |= {(number, WATCHED) for number in self._watched()}
        return found

    def _send(self, frame: Frame) -> None:
        try:
            self.ears[frame.leg].send(frame.bytes())
        except OSError as refused:  # what a drop where it leaves tells the sender
            if frame.way != "own" or refused.errno != errno.ENOBUFS:
                raise

    def _heard(self) -> Iterator[Arrival]:
        """What arrives, until nothing has come for QUIET seconds."""
        while True:
            ready, _, _ = select.select(list(self.ears.values()), [], [], QUIET)
            if not ready:
                return
            for place, ear in self.ears.items():
                if ear in ready:
                    data, address = ear.recvfrom(65535)
                    number = number_in(data) if place != LEG else _asked(data)
                    if number is not None and address[2] != socket.PACKET_OUTGOING:
                        yield number, place

    def _watched(self) -> Iterator[int]:
        """Empties the watch's set; the numbers of what was in it."""
        listed = json.loads(self.box.must("nft", "-j", "list", "set", "arp", "watch", "seen"))
        self.box.must("nft", "flush", "set", "arp", "watch", "seen")
        for item in listed["nftables"]:
            for element in item.get("set", {}).get("elem", ()):
                yield int.from_bytes(mac(element["elem"]["val"] if isinstance(element, dict) else element)[3:], "big")


def _asked(data: bytes) -> int | None:
    """The number of the query that an ARP answer repeats."""
    return int.from_bytes(data[35:38], "big") if data[12:14] == b"\x08\x06" and any(data[32:38]) else None


@contextmanager
def segment() -> Iterator[Segment]:
    """The bridge with its stations; every port is joined to it for good, no address is learnt."""
    with namespaces(2) as spaces:
        made = Segment(*spaces)
        _wire(made)
        for place in (*PORTS, LEG):
            made.ears[place] = made.stations.inside(partial(raw, place))
        made.ears[BRIDGE] = made.box.inside(partial(raw, BRIDGE))
        yield made


def _wire(made: Segment) -> None:
    made.stations.must("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    box = made.box
    box.must("ip", "link", "add", BRIDGE, "address", BOX, "type", "bridge", "mcast_snooping", "0")
    box.must("sysctl", "-q", "-p", "-", text=SETTINGS)
    for leg in (*PORTS, LEG, ASIDE):
        peer = ("peer", "name", leg, "netns", str(made.stations.pid))
        box.must("ip", "link", "add", leg, *(("address", BOX) if leg == LEG else ()), "type", "veth", *peer)
        box.must("ip", "link", "set", leg, "up")
        made.stations.must("ip", "link", "set", leg, "up")
    for port in PORTS:
        box.must("ip", "link", "set", port, "master", BRIDGE)
        box.must("bridge", "link", "set", "dev", port, "learning", "off")
        box.must("bridge", "fdb", "add", STATION[port], "dev", port, "master", "static")
    box.must("ip", "link", "set", PORTS[1], "group", "7")
    box.must("ip", "link", "set", BRIDGE, "up")
    box.must("ip", "addr", "add", f"{OWN_ADDRESS}/24", "dev", LEG)
    box.must("nft", "-f", "-", text=WATCH)
