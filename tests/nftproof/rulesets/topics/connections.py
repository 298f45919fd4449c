"""What the kernel knows about a packet's connection beside its state: ct."""

from __future__ import annotations

from ipaddress import ip_address

from tests.nftproof.packets import TCP
from tests.nftproof.rulesets.known import ALL, Known, Moment, absent_unless
from tests.nftproof.rulesets.words import Json, prefix

PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 50: "esp", 58: "ipv6-icmp"}
SEEN_REPLY, ASSURED, CONFIRMED = 2, 4, 8


def way(key: str, direction: str = "") -> Json:
    return {"ct": {"key": key, **({"dir": direction} if direction else {})}}


def tracked(moment: Moment) -> bool:
    return moment.tracked


def _status(moment: Moment) -> int:
    if moment.age == 0:
        return 0
    assured = ASSURED if moment.age == 2 and moment.packet.proto == TCP else 0
    return SEEN_REPLY | CONFIRMED | assured


def _packets(moment: Moment) -> tuple[int, int]:
    """Packets from each side so far, including this one."""
    return (1, 0) if moment.age == 0 else (1, 1) if moment.age == 1 else (2, 1)


def _original(moment: Moment) -> str:
    return (moment.first or moment.packet).saddr


def _protocol(moment: Moment) -> int | str:
    return PROTOCOLS.get(moment.packet.proto, moment.packet.proto)


CONNECTIONS = (
    Known(way("zone"), (0, 1), absent_unless(tracked, lambda m: m.zone)),
    Known(way("helper"), ("ftp",), -1),  # the kernel knows it for an expected connection only
    Known(way("protocol"), ("tcp", "udp", {"set": ["tcp", "icmp"]}), absent_unless(tracked, _protocol)),
    Known(way("l3proto"), ("ipv4", "ipv6"), absent_unless(tracked, lambda m: "ipv6" if m.six else "ipv4")),
    Known(
        way("ip saddr", "original"), ("10.0.0.1", prefix("10.0.0.0", 30), {"set": ["10.0.0.2", "10.9.0.1"]}),
        absent_unless(tracked, lambda m: int(ip_address(_original(m)))), ALL, "ip",
    ),
    Known(
        way("ip6 saddr", "original"), ("fd00::1", prefix("fd00::", 126), {"set": ["fd00::2", "fd09::1"]}),
        absent_unless(tracked, lambda m: int(ip_address(_original(m)))), ALL, "ip6",
    ),
    Known(way("ip daddr", "reply"), ("10.0.0.1", "10.0.0.2", prefix("10.0.0.0", 16)), None, ALL, "ip"),
    Known(way("packets", "original"), (1, 2), absent_unless(tracked, lambda m: _packets(m)[0]), ops=("==", "<", ">=")),
    Known(way("packets", "reply"), (0, 1), absent_unless(tracked, lambda m: _packets(m)[1]), ops=("==", "!=", ">")),
    Known(way("packets"), (1, 2, 3), absent_unless(tracked, lambda m: sum(_packets(m))), ops=("==", "<", ">")),
    Known(way("bytes"), (60, 100), None, ops=("<", ">")),
    Known(way("avgpkt"), (40, 60), None, ops=("<", ">")),
    Known(way("expiration"), (1, 10, 120), None, ops=("<", ">")),
    Known(way("id"), (5,), None),
)  # fmt: skip
"""Fields for any rule. State, direction, mark, status and label have separate generators."""


def status(moment: Moment) -> int | None:
    """`ct status`; None if translation may have set its bits."""
    if not moment.tracked:
        return -1
    return None if moment.nat else _status(moment)
