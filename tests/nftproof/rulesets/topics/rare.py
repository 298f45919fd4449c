"""Header fields that rules seldom test."""

from __future__ import annotations

import struct

from policies.nftproof.fields import ABSENT
from tests.nftproof import headers
from tests.nftproof.headers import EXTENSIONS, IP_OPTIONS, TCP_OPTIONS
from tests.nftproof.packets import TCP
from tests.nftproof.rulesets.known import ALL, Known, Moment, Truth, Value
from tests.nftproof.rulesets.words import payload

Ops = tuple[str, ...]
OPS: Ops = ("==", "!=", "<", ">")


def _in(where: int) -> Truth:
    """The number of 16 bits at this place of the packet."""
    return lambda moment: struct.unpack_from("!H", moment.packet.bytes(), where)[0]


def _behind(where: int, form: str = "!H") -> Truth:
    """A number at this place of what follows the IP header."""

    def found(moment: Moment) -> int:
        data, at = moment.packet.bytes(), _start(moment) + where
        return int(struct.unpack_from(form, data, at)[0]) if at + struct.calcsize(form) <= len(data) else ABSENT

    return found


def _start(moment: Moment) -> int:
    if moment.six:
        return 40 + 8 * (moment.packet.option in EXTENSIONS)
    return 20 + len(IP_OPTIONS.get(moment.packet.option, b""))


def _words(moment: Moment) -> int:
    return _start(moment) // 4


def _tcp_words(moment: Moment) -> int:
    more = TCP_OPTIONS.get(moment.packet.option, b"") if moment.packet.proto == TCP else b""
    return 5 + len(more) // 4


def _rest(moment: Moment) -> int:
    return len(moment.packet.bytes()) - 40


def _of(
    header: str, name: str, rights: tuple[object, ...], value: Value | Truth | None, l3: str = "", ops: Ops = OPS
) -> Known:
    l4 = "" if header in ("ip", "ip6") else header
    return Known(payload(header, name), rights, value, ALL, l3, l4, ops)


RARE = (
    _of("ip", "ecn", ("ce", "ect0", "not-ect"), lambda m: m.packet.ecn, "ip", ("==", "!=")),
    _of("ip6", "ecn", ("ce", "ect0", {"set": ["ce", "ect1"]}), lambda m: m.packet.ecn, "ip6", ("==", "!=")),
    _of("ip6", "dscp", ("cs1", "cs0"), lambda m: m.packet.dscp, "ip6", ("==", "!=")),
    _of("ip", "length", (60, 40, {"range": [40, 60]}), _in(2), "ip", ("==",)),
    _of("ip", "id", (1, 2), _in(4), "ip"),
    Known(payload("ip", "frag-off"), (0, 1), 0, ALL, "ip", mask=0x1FFF),
    Known(payload("tcp", "window"), (0, 1024), _behind(14), ALL, "", "tcp", mask=0x700),
    _of("ip", "hdrlength", (5, 6), _words, "ip"),
    _of("ip", "version", (4,), 4, "ip", ("==", "!=")),
    _of("ip6", "version", (6,), 6, "ip6", ("==", "!=")),
    _of("ip", "checksum", (5,), None, "ip"),
    _of("ip6", "length", (20, 40), _rest, "ip6"),
    _of("ip6", "flowlabel", (0, 5), 0, "ip6", ("==", "!=")),
    _of("tcp", "sequence", (1, 2), _behind(4, "!I")),
    _of("tcp", "ackseq", (1, 2), _behind(8, "!I")),
    _of("tcp", "window", (1024, 5), _behind(14)),
    _of("tcp", "doff", (5, 6), _tcp_words),
    _of("tcp", "urgptr", (0, 1), _behind(18)),
    _of("tcp", "checksum", (5,), None),
    _of("udp", "length", (17, 57), _behind(4)),
    _of("udplite", "csumcov", (0, 8), _behind(4)),
    _of("dccp", "type", ("request", "data"), "request", "", ("==", "!=")),
    _of("sctp", "vtag", (0, 1), _behind(4, "!I")),
    _of("esp", "spi", (5, {"range": [0, 65535]}), _behind(0, "!I"), "", ("==", "!=")),
    _of("esp", "sequence", (1, 2), _behind(4, "!I")),
    _of("ah", "spi", (headers.SPI, 6), _behind(4, "!I"), "ip"),
    _of("ah", "hdrlength", (2, 4), 2, "ip"),
    _of("comp", "cpi", (headers.SPI, 6), _behind(2)),
    _of("igmp", "type", ("membership-query", "leave-group"), 0x11, "ip", ("==", "!=")),
    _of("igmp", "mrt", (0, 1), 0, "ip"),
    _of("icmp", "code", ("net-unreachable", "host-unreachable"), 0, "ip", ("==", "!=")),
    _of("icmpv6", "code", ("no-route", "admin-prohibited"), 0, "ip6", ("==", "!=")),
    _of("icmp", "sequence", (1, 2), _behind(6), "ip"),
    _of("icmpv6", "sequence", (1, 2), _behind(6), "ip6"),
    _of("udplite", "dport", (53, 80), lambda m: m.now["dport"]),
    _of("sctp", "dport", (53, {"range": [1, 100]}), lambda m: m.now["dport"]),
    _of("dccp", "sport", ({"range": [20000, 20030]},), lambda m: m.now["sport"]),
    _of("dccp", "dport", (53, 0), lambda m: m.now["dport"]),
    _of("sctp", "sport", ({"range": [20000, 20030]},), lambda m: m.now["sport"]),
    _of("udplite", "sport", ({"range": [20000, 20030]},), lambda m: m.now["sport"]),
)
