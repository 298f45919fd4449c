"""Test packets: their fields, their bytes, and their state in the box's connection tracking."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import ip_address
from random import Random

from policies.nftproof.fields import ABSENT, IPV4, IPV6
from policies.nftproof.values import text_number
from tests.nftproof import headers
from tests.nftproof.headers import EXTENSIONS, IP_OPTIONS, RARE, SCTP, TCP_OPTIONS, UDPLITE

TCP, UDP, ICMP, ICMPV6, ESP = 6, 17, 1, 58, 50
FIN, SYN, RST, ACK, URG = 1, 2, 4, 16, 32
INVALID, ESTABLISHED, RELATED, NEW, UNTRACKED = 1, 2, 4, 8, 64
NONCE = b"LANTU"


@dataclass(frozen=True, slots=True)
class TestPacket:
    """One packet into the box. `way`: through it, to it (in), or from it (out)."""

    __test__ = False

    number: int
    way: str
    interface: str
    saddr: str
    daddr: str
    proto: int
    sport: int = 0
    dport: int = 0
    flags: int = SYN
    kind: int = 8  # ICMP
    dscp: int = 0
    padding: int = 0
    ecn: int = 0
    option: str = ""  # a name in TCP_OPTIONS, IP_OPTIONS or EXTENSIONS

    @property
    def six(self) -> bool:
        return ":" in self.saddr

    def answer(self, interface: str) -> TestPacket:
        """The other side's answer."""
        kind = {8: 0, 128: 129}.get(self.kind, self.kind)
        back = replace(self, interface=interface, saddr=self.daddr, daddr=self.saddr, flags=SYN | ACK, kind=kind)
        if self.proto not in (ICMP, ICMPV6):
            back = replace(back, sport=self.dport, dport=self.sport)
        return replace(back, number=self.number + 1)

    def again(self) -> TestPacket:
        """The first side's next packet."""
        return replace(self, flags=ACK, number=self.number + 2)

    @property
    def answered(self) -> bool:
        """Whether an answer to it belongs to the same connection."""
        if self.proto in (ICMP, ICMPV6):
            return self.kind in (8, 128)
        return self.proto == UDP or (self.proto == TCP and self.first_state == NEW)

    @property
    def first_state(self) -> int:
        """The packet's state in the kernel if no connection is known (tcp_loose off)."""
        if self.proto == TCP:
            return NEW if self.flags & (SYN | ACK | FIN | RST) == SYN else INVALID
        if self.proto == ICMP:
            return NEW if self.kind in (8, 13) else INVALID
        if self.proto == ICMPV6:
            return NEW if self.kind == 128 else UNTRACKED if 133 <= self.kind <= 137 else INVALID
        if self.proto == UDPLITE and self.way != "out":
            return INVALID  # kernel 6.18 computes its checksum as for UDP
        return NEW

    def fields(self, state: int, reply: bool = False) -> dict[str, int]:
        """The packet with the proof's field names, as it enters the box."""
        family = "ip6" if self.six else "ip"
        tracked = state in (NEW, ESTABLISHED, RELATED)
        sport, dport = struct.unpack_from("!HH", self.transport)
        return {
            "l3": IPV6 if self.six else IPV4,
            "l4proto": self.proto,
            f"{family} saddr": int(ip_address(self.saddr)),
            f"{family} daddr": int(ip_address(self.daddr)),
            "ip ttl": 64,
            f"{family} dscp": self.dscp,
            f"{family} ecn": self.ecn,
            "meta length": len(self.bytes()),
            "meta mark": 0,
            "sport": sport,
            "dport": dport,
            "tcp flags": self.flags,
            "icmpv6 type" if self.six else "icmp type": self.kind,
            "ip6 nexthdr": EXTENSIONS.get(self.option, self.proto),
            "ip6 hoplimit": 64,
            "meta iiftype": 1 if self.way != "out" else 0,
            "ct mark": 0 if tracked else ABSENT,
            "ct state": state,
            "ct direction": int(reply) if tracked else ABSENT,
            "ct state before tracking": INVALID,
            "ct direction before tracking": ABSENT,
            "ct mark before tracking": ABSENT,
            "iif": text_number(self.interface) if self.way != "out" else 0,
            "oif": 0,
        }

    @property
    def nonce(self) -> bytes:
        return NONCE + struct.pack("!I", self.number) + b"x" * self.padding

    @property
    def checksum(self) -> int:
        """Of what follows the IP header; a wrong one makes the packet invalid to the kernel's tracking."""
        body = self._transport(0)
        if self.proto in (ICMP, headers.IGMP):
            return _checksum(body)
        ends = ip_address(self.saddr).packed + ip_address(self.daddr).packed
        return _checksum(ends + struct.pack("!II", len(body), self.proto) + body)

    def bytes(self) -> bytes:
        body = self.transport
        source, target = ip_address(self.saddr).packed, ip_address(self.daddr).packed
        if self.six:
            if self.option in EXTENSIONS:
                body = struct.pack("!BBBBI", self.proto, 0, 1, 4, 0) + body
            first, after = 6 << 28 | (self.dscp << 2 | self.ecn) << 20, EXTENSIONS.get(self.option, self.proto)
            return struct.pack("!IHBB", first, len(body), after, 64) + source + target + body
        more = IP_OPTIONS.get(self.option, b"")
        size, service = 20 + len(more), self.dscp << 2 | self.ecn
        head = struct.pack("!BBHHHBBH", 0x40 | size // 4, service, size + len(body), 1, 0, 64, self.proto, 0)
        head += source + target + more
        return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + body

    @property
    def transport(self) -> bytes:
        """What follows the IP header and its options."""
        return self._transport(self.checksum)

    def _transport(self, checksum: int) -> bytes:
        nonce, ends = self.nonce, (self.sport, self.dport)
        if self.proto == TCP:
            more = TCP_OPTIONS.get(self.option, b"")
            rest = (5 + len(more) // 4 << 4, self.flags, headers.WINDOW, checksum, 0)
            return struct.pack("!HHIIBBHHH", *ends, headers.SEQUENCE, 1, *rest) + more + nonce
        if self.proto == UDP:
            return struct.pack("!HHHH", *ends, 8 + len(nonce), checksum) + nonce
        if self.proto in (ICMP, ICMPV6):
            return struct.pack("!BBHHH", self.kind, 0, checksum, self.sport, 1) + nonce
        if self.proto in RARE:
            return headers.transport(self.proto, *ends, checksum, nonce)
        return struct.pack("!HHI", *ends, 1) + nonce


def _checksum(head: bytes) -> int:
    head += bytes(len(head) % 2)
    total = sum(struct.unpack(f"!{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


SOURCES = (("10.0.0.1", "10.0.0.2", "10.0.0.5", "10.9.0.1"), ("fd00::1", "fd00::2", "fd00::5", "fd09::1"))
TARGETS = (("10.1.0.1", "10.1.0.2", "10.2.0.1"), ("fd01::1", "fd01::2", "fd02::1"))
OWN = (("192.0.2.1", "192.0.2.5"), ("2001:db8:0::1", "2001:db8:1::1"))
ROUTES = (
    ("10.0.0.0/16", "lan0"), ("10.9.0.0/16", "lan1"), ("10.1.0.0/16", "dmz0"), ("10.2.0.0/16", "dmz1"),
    ("fd00::/16", "lan0"), ("fd09::/16", "lan1"), ("fd01::/16", "dmz0"), ("fd02::/16", "dmz1")
)  # fmt: skip


def way_out(address: str) -> str:
    """The interface by which the box sends to an address."""
    stem = address.split(".")[1] if "." in address else address[3:4]
    return {"0": "lan0", "9": "lan1", "1": "dmz0", "2": "dmz1"}[stem]


def packets(seed: int, count: int, ways: tuple[str, ...] = ("through",)) -> list[TestPacket]:
    """Packets with numbers four apart, no two of one connection."""
    random = Random(seed)  # noqa: S311 - not for secrets
    return [_packet(random, 4 * number, random.choice(ways)) for number in range(count)]


def rare_packets(seed: int, count: int, ways: tuple[str, ...] = ("through",)) -> list[TestPacket]:
    """The same with options and rarer protocols; those without ports occur once between two addresses."""
    random = Random(seed)  # noqa: S311 - not for secrets
    found: dict[tuple[object, ...], TestPacket] = {}
    for one in packets(seed, count, ways):
        if one.way != "in" and random.random() < 0.2:
            one = replace(one, proto=random.choice([proto for proto in RARE if not one.six or proto not in NO_SIX]))
        options = (*(TCP_OPTIONS if one.proto == TCP else ()), *(EXTENSIONS if one.six else IP_OPTIONS))
        if options and random.random() < 0.25:
            one = replace(one, option=random.choice(options))
        one = replace(one, ecn=random.choice((0, 0, 2, 3)))
        found.setdefault((one.saddr, one.daddr, one.proto) if alone(one) else (one.number,), one)
    return list(found.values())


def alone(packet: TestPacket) -> bool:
    """Whether its protocol has no ports, so that all packets between two addresses are one connection."""
    return (packet.proto in RARE and packet.proto not in (SCTP, UDPLITE)) or packet.proto == ESP


NO_SIX = (headers.AH, headers.IGMP)
"""In IPv6, the first is an extension header, and the second does not exist."""


def _packet(random: Random, number: int, way: str) -> TestPacket:
    six = random.random() < 0.5
    proto = random.choice((TCP, TCP, TCP, UDP, UDP, ICMPV6 if six else ICMP, ESP))
    kinds = (128, 129, 1) if six else (8, 0, 3)
    return TestPacket(
        number,
        way,
        random.choice(("lan0", "lan1")),
        random.choice(SOURCES[six]),
        random.choice((OWN if way == "in" else TARGETS)[six]),
        proto,
        20_000 + number % 40_000,
        random.choice((21, 22, 53, 80, 443, 1000, 8080, 65535)) if proto in (TCP, UDP, ESP) else 0,
        random.choice((SYN, SYN, SYN, SYN | ACK, ACK, FIN | ACK, RST, FIN | URG)),
        random.choice(kinds),
        random.choice((0, 0, 8)),
        random.choice((0, 0, 40)),
    )
