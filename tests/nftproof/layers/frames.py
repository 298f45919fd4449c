"""Test frames: what they say and their bytes. One seed, the same frames."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_address
from random import Random
from typing import Any

from policies.nftproof.fields import ARP, IPV4, IPV6
from tests.nftproof.packets import ACK, FIN, ICMP, ICMPV6, NONCE, RST, SYN, TCP, UDP, URG, TestPacket

PORTS = ("p0", "p1", "p2")
"""The bridge's ports. Behind each sits one station, whose hardware address the bridge knows."""
BRIDGE = "br0"
LEG = "a0"
"""An interface that is no port: where ARP is spoken to the box itself."""
OWN_ADDRESS, NEIGHBOUR = "10.0.0.1", "10.0.0.2"
STATION = {"p0": "02:00:00:00:00:10", "p1": "02:00:00:00:00:11", "p2": "02:00:00:00:00:12"}
BOX = "02:00:00:00:00:01"
GROUPS = ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:07", "33:33:00:00:00:07")
STRANGER = "02:00:00:00:00:77"
SENDERS = ("02:00:00:00:00:21", "02:00:00:00:00:22", "06:00:00:00:00:21")
C_TAG, S_TAG = 0x8100, 0x88A8
STRANGE, MEASURED = 0x88B5, 4
"""An Ethernet type for experiments; what the kernel takes for the protocol of a frame with a length in its place."""
SOURCES = (("10.0.0.1", "10.0.0.2", "10.9.0.1"), ("fd00::1", "fd00::2", "fd09::1"))
TARGETS = (("10.1.0.1", "10.1.0.2", "10.2.0.1"), ("fd01::1", "fd01::2", "fd02::1"))


IGMP, DCCP, ESP, AH, COMP, SCTP, UDPLITE = OTHERS = (2, 33, 50, 51, 108, 132, 136)


@dataclass(frozen=True, slots=True)
class Tag:
    """A VLAN header: which kind of tag, and what is in it."""

    kind: int
    vlan: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What an ARP packet says."""

    operation: int
    saddr_ether: str
    saddr: str
    daddr_ether: str
    daddr: str
    hardware: int = 1
    protocol: int = IPV4

    def bytes(self) -> bytes:
        head = struct.pack("!HHBBH", self.hardware, self.protocol, 6, 4, self.operation)
        ends = ((self.saddr_ether, self.saddr), (self.daddr_ether, self.daddr))
        return head + b"".join(mac(ether) + ip_address(address).packed for ether, address in ends)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `way`: into the bridge by the port `leg`, the bridge's own (own), or to the box by a leg (arp).

    What it carries is an IP packet, an ARP packet, or neither; then it may be `measured`.
    """

    number: int
    way: str
    leg: str
    saddr: str
    daddr: str
    tags: tuple[Tag, ...] = ()
    packet: TestPacket | None = None
    query: Query | None = None
    measured: bool = False

    @property
    def kind(self) -> int:
        """The Ethernet type of what it carries; of a measured frame (IEEE 802.3) its length."""
        if self.measured:
            return len(self.body)
        if self.packet:
            return IPV6 if self.packet.six else IPV4
        return ARP if self.query else STRANGE

    @property
    def body(self) -> bytes:
        """What follows all Ethernet headers; the number is within a packet's data, or behind everything."""
        if self.packet:
            return self.packet.bytes()
        other = b"\x42\x42\x03" + bytes(17)  # a header of IEEE 802.2
        return (self.query.bytes() if self.query else other) + NONCE + struct.pack("!I", self.number)

    def bytes(self) -> bytes:
        tags = b"".join(struct.pack("!HH", tag.kind, tag.priority << 13 | tag.vlan) for tag in self.tags)
        return mac(self.daddr) + mac(self.saddr) + tags + struct.pack("!H", self.kind) + self.body


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def told(frame: Frame) -> dict[str, Any]:
    """The frame as a fixture has it."""
    return asdict(frame)


def of(body: dict[str, Any]) -> Frame:
    """The frame that a fixture tells of."""
    packet, query = body.get("packet"), body.get("query")
    return Frame(
        **body
        | {"tags": tuple(Tag(**tag) for tag in body.get("tags", ()))}
        | {"packet": TestPacket(**packet) if packet else None, "query": Query(**query) if query else None}
    )


def frames(seed: int, count: int) -> list[Frame]:
    """Frames for the bridge, from its ports and of its own."""
    random = Random(seed)  # noqa: S311 - not for secrets
    return [_frame(random, number) for number in range(count)]


def _frame(random: Random, number: int) -> Frame:
    way = random.choice(("bridge", "bridge", "bridge", "own"))
    leg = random.choice(("p0", "p0", "p1")) if way == "bridge" else BRIDGE
    others = [station for port, station in STATION.items() if port != leg]
    groups = [random.choice(GROUPS), STRANGER]
    daddr = random.choice([*others, *others, *groups, *([BOX, BOX] if way == "bridge" else [])])
    whole = Frame(number, way, leg, random.choice(SENDERS), daddr, _tags(random))
    carried = random.choice(("ip", "ip", "ip", "arp", "none"))
    if carried == "ip":
        return replace(whole, packet=_packet(random, number))
    if carried == "arp":
        return replace(whole, query=_query(random, random.choice(SENDERS)))
    return replace(whole, measured=random.random() < 0.5)


def _tags(random: Random) -> tuple[Tag, ...]:
    tags = [Tag(random.choice((C_TAG, C_TAG, S_TAG)), random.choice((0, 5, 5, 6, 100)), random.choice((0, 0, 3)))]
    tags.append(Tag(C_TAG, random.choice((5, 6, 100)), random.choice((0, 3))))
    return tuple(tags[: random.choice((0, 0, 0, 1, 1, 1, 2))])


def _packet(random: Random, number: int) -> TestPacket:
    six = random.random() < 0.5
    proto = random.choice((TCP, TCP, TCP, UDP, UDP, ICMPV6 if six else ICMP, ICMPV6 if six else ICMP, *OTHERS))
    return TestPacket(
        number=number, way="through", leg="", saddr=random.choice(SOURCES[six]), daddr=random.choice(TARGETS[six]),
        proto=proto, sport=random.choice((1024, 20_000, 0x1100)), dport=random.choice((22, 53, 80, 443)),
        flags=random.choice((SYN, SYN, SYN | ACK, ACK, FIN | ACK, RST, FIN | URG)),
        kind=random.choice((128, 129, 135) if six else (8, 0, 3)), dscp=random.choice((0, 0, 8)),
        padding=random.choice((0, 0, 40)),
        option=random.choice(("", "", "maxseg" if proto == TCP else "", "hbh" if six else "rr")),
    )  # fmt: skip


def _query(random: Random, sender: str) -> Query:
    return Query(
        random.choice((1, 1, 1, 2, 3, 8)), sender, random.choice(SOURCES[0]),
        random.choice(("00:00:00:00:00:00", BOX, *SENDERS)), random.choice((*TARGETS[0], OWN_ADDRESS)),
        random.choice((1, 1, 1, 6)), random.choice((IPV4, IPV4, IPV4, IPV6)),
    )  # fmt: skip


def queries(seed: int, count: int) -> list[Frame]:
    """ARP packets to the box itself; the number is in the sender's hardware address, which an answer repeats."""
    random = Random(seed)  # noqa: S311 - not for secrets
    return [_asked(random, number) for number in range(count)]


def _asked(random: Random, number: int) -> Frame:
    ether = bytes([random.choice((2, 6)), 0, 0]) + number.to_bytes(3, "big")
    query = _query(random, ether.hex(":"))
    query = replace(query, saddr=random.choice((NEIGHBOUR, "10.0.0.3", "10.0.0.9")))
    if random.random() < 0.6:  # what the box answers
        query = replace(query, operation=1, daddr=OWN_ADDRESS, hardware=1, protocol=IPV4)
    tags = (Tag(C_TAG, 0, random.choice((0, 3))),) if random.random() < 0.2 else ()  # to no VLAN: it is for the box
    return Frame(number, "arp", LEG, random.choice(SENDERS), random.choice((BOX, GROUPS[0])), tags, query=query)
