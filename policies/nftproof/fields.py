"""The fields of a packet as nft names them: their values, their symbols, and what a test of a field implies.

Source of the numbers: the kernel's uapi headers and IANA's registries, as `nft describe` prints them (nft 1.0.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.nftproof import symbols
from policies.nftproof.intervals import Spans, single, spans, without

IPV4, IPV6 = 0x0800, 0x86DD
ABSENT = -1
"""The value of a field that a packet lacks (no connection, no interface): no test of it matches, not even `!=`."""


class Form(StrEnum):
    """Notation of a field's values."""

    NUMBER = "number"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    NAME = "name"  # text; an interface, where a trailing * stands for any ending
    FREE = "free"  # numbers, booleans or words, whose meaning is left open
    CLOCK = "clock"  # a time of day
    HANDLE = "handle"  # of traffic control, as major:minor in hexadecimal


@dataclass(frozen=True, slots=True)
class Field:
    """One dimension of a packet. Two fields with the same name are the same field."""

    name: str
    domain: Spans
    form: Form = Form.NUMBER
    symbols: str = ""  # name of the table in symbols.py
    flags: bool = False  # a test without an operator matches one of the bits
    needs: tuple[tuple[str, Spans], ...] = ()  # what nft tests first without listing it

    @property
    def values(self) -> Spans:
        """The values that a test can match."""
        return without(self.domain, single(ABSENT))

    @property
    def bits(self) -> int:
        return max(self.domain[-1][1].bit_length(), 1)


NAME_BYTES = 16
"""The kernel's longest interface name, with the terminating zero."""
WORD_BYTES = 40
"""Longer words of other kinds (a helper, a link kind) are distinguished by their digest."""


def _plain(bits: int, absent: bool = False) -> Spans:
    return ((ABSENT if absent else 0, (1 << bits) - 1),)


def _l4(number: int, l3: int = 0) -> tuple[tuple[str, Spans], ...]:
    return (("l4proto", single(number)), *((("l3", single(l3)),) if l3 else ()))


V4, V6 = (("l3", single(IPV4)),), (("l3", single(IPV6)),)
CT_STATES = spans((bit, bit) for bit in symbols.TABLES["ct state"].values())

NEEDS: dict[str, tuple[tuple[str, Spans], ...]] = {
    "ip": V4,
    "ip6": V6,
    "tcp": _l4(6),
    "udp": _l4(17),
    "dccp": _l4(33),
    "gre": _l4(47),
    "esp": _l4(50),
    "ah": _l4(51),
    "comp": _l4(108),
    "sctp": _l4(132),
    "udplite": _l4(136),
    "icmp": _l4(1, IPV4),
    "igmp": _l4(2, IPV4),
    "icmpv6": _l4(58, IPV6),
    "th": (("l4proto", ((0, 255),)),),
}
"""Header -> what a test of any of its fields implies."""

L3 = Field("l3", _plain(16), symbols="ethertype")
L4 = Field("l4proto", _plain(8, absent=True), symbols="protocol")  # a frame may carry no IP
IIF, OIF = (Field(name, _plain(8 * NAME_BYTES), Form.NAME) for name in ("iif", "oif"))

PAYLOAD: dict[tuple[str, str], Field] = {
    ("ip", "saddr"): Field("ip saddr", _plain(32), Form.IPV4, needs=V4),
    ("ip", "daddr"): Field("ip daddr", _plain(32), Form.IPV4, needs=V4),
    ("ip6", "saddr"): Field("ip6 saddr", _plain(128), Form.IPV6, needs=V6),
    ("ip6", "daddr"): Field("ip6 daddr", _plain(128), Form.IPV6, needs=V6),
    ("ip", "protocol"): Field("l4proto", L4.domain, symbols="protocol", needs=V4),
    ("ip6", "nexthdr"): Field("ip6 nexthdr", _plain(8), symbols="protocol", needs=V6),
    ("ip", "version"): Field("ip version", ((4, 4),), needs=V4),
    ("ip6", "version"): Field("ip6 version", ((6, 6),), needs=V6),
    ("ip", "dscp"): Field("ip dscp", _plain(6), symbols="dscp", needs=V4),
    ("ip6", "dscp"): Field("ip6 dscp", _plain(6), symbols="dscp", needs=V6),
    ("ip", "ecn"): Field("ip ecn", _plain(2), symbols="ecn", needs=V4),
    ("ip6", "ecn"): Field("ip6 ecn", _plain(2), symbols="ecn", needs=V6),
    ("ip", "ttl"): Field("ip ttl", _plain(8), needs=V4),
    ("ip6", "hoplimit"): Field("ip6 hoplimit", _plain(8), needs=V6),
    ("tcp", "flags"): Field("tcp flags", _plain(8), symbols="tcp flags", flags=True, needs=_l4(6)),
    ("icmp", "type"): Field("icmp type", _plain(8), symbols="icmp type", needs=NEEDS["icmp"]),
    ("icmp", "code"): Field("icmp code", _plain(8), symbols="icmp code", needs=NEEDS["icmp"]),
    ("icmpv6", "type"): Field("icmpv6 type", _plain(8), symbols="icmpv6 type", needs=NEEDS["icmpv6"]),
    ("icmpv6", "code"): Field("icmpv6 code", _plain(8), symbols="icmpv6 code", needs=NEEDS["icmpv6"]),
    ("igmp", "type"): Field("igmp type", _plain(8), symbols="igmp type", needs=NEEDS["igmp"]),
}
for _header in ("tcp", "udp", "udplite", "sctp", "dccp", "th"):
    # one place in the packet for every protocol: `th dport` and `tcp dport` test the same bits
    PAYLOAD[_header, "sport"] = Field("sport", _plain(16), symbols="service", needs=NEEDS[_header])
    PAYLOAD[_header, "dport"] = Field("dport", _plain(16), symbols="service", needs=NEEDS[_header])

META: dict[str, Field] = {
    "iif": IIF,
    "iifname": IIF,
    "oif": OIF,
    "oifname": OIF,
    "protocol": L3,
    "nfproto": Field("l3", L3.domain, symbols="nfproto"),
    "l4proto": L4,
    "mark": Field("meta mark", _plain(32)),
    "pkttype": Field("meta pkttype", ((0, 7),), symbols="pkttype"),
    "length": Field("meta length", _plain(32)),
    "priority": Field("meta priority", _plain(32), Form.HANDLE, symbols="handle"),
    "skuid": Field("meta skuid", _plain(32, absent=True), symbols="user"),
    "skgid": Field("meta skgid", _plain(32, absent=True), symbols="user"),
    "hour": Field("meta hour", ((0, 86399),), Form.CLOCK),
    "day": Field("meta day", ((0, 6),), symbols="day"),
    "cpu": Field("meta cpu", _plain(32)),
    "cgroup": Field("meta cgroup", _plain(32, absent=True)),
    "iifgroup": Field("meta iifgroup", _plain(32, absent=True), symbols="group"),
    "oifgroup": Field("meta oifgroup", _plain(32, absent=True), symbols="group"),
    "iiftype": Field("meta iiftype", _plain(16, absent=True), symbols="link"),
    "oiftype": Field("meta oiftype", _plain(16, absent=True), symbols="link"),
}
CT: dict[str, Field] = {
    "state": Field("ct state", CT_STATES, symbols="ct state", flags=True),
    "status": Field("ct status", _plain(14, absent=True), symbols="ct status", flags=True),
    "direction": Field("ct direction", ((ABSENT, 1),), symbols="ct direction"),
    "mark": Field("ct mark", _plain(32, absent=True)),
    "zone": Field("ct zone", _plain(16, absent=True)),
}
TRANSLATED = (
    *(PAYLOAD[header, name] for header in ("ip", "ip6") for name in ("saddr", "daddr")),
    PAYLOAD["th", "sport"], PAYLOAD["th", "dport"], CT["status"],
)  # fmt: skip
"""Fields that translation of addresses and ports changes, beside those that follow from them."""
FREE_META = frozenset([
    "time", "nftrace", "iifkind", "oifkind", "rtclassid", "sdif", "sdifname", "ipsec", "secmark", "secpath",
])  # fmt: skip
FREE_CT = frozenset([
    "helper", "expiration", "bytes", "packets", "avgpkt", "id", "label", "l3proto", "protocol", "proto-src",
    "proto-dst", "saddr", "daddr", "event",
])  # fmt: skip
FREE_EXPRESSIONS = frozenset([
    "fib", "rt", "socket", "osf", "ipsec", "jhash", "symhash", "exthdr", "tcp option", "ip option", "sctp chunk",
    "dccp option",
])  # fmt: skip
"""Values that the ruleset alone does not fix (routes, sockets, options): the proof holds whatever they are."""


KEPT = frozenset({"ct state", "ct direction", "ct mark", "ct zone"})
FOUND_OUT = ("fib ", "rt ", "socket ", "ct ", "jhash ", "symhash ")


def chance(name: str) -> Field:
    """A condition that no packet decides (a rate, a quota, a random number): 1 if it matches."""
    return Field(name, ((0, 1),))


def free(name: str, needs: tuple[tuple[str, Spans], ...] = ()) -> Field:
    return Field(name, _plain(8 * WORD_BYTES, absent=True), Form.FREE, needs=needs)


def address(name: str, family: str, needs: tuple[tuple[str, Spans], ...] = ()) -> Field:
    """An address outside the packet: its connection's, or the next hop's."""
    bits, form = (32, Form.IPV4) if family == "ip" else (128, Form.IPV6)
    return Field(name, _plain(bits, absent=True), form, needs=needs)


def present(name: str, needs: tuple[tuple[str, Spans], ...] = ()) -> Field:
    """Whether the packet has the field; every packet can be tested for it."""
    return Field(f"{name} exists", ((0, 1),), Form.FREE, needs=needs)


def touched(field: Field) -> bool:
    """Whether translation may change the field: an address, a port, or what the kernel derives from them."""
    kept = field.name in KEPT or field.name.startswith(LABELS)
    return any(field.name == item.name for item in TRANSLATED) or (field.name.startswith(FOUND_OUT) and not kept)


LABELS = "ct label"
"""A connection has any number of labels; each of them is a separate field."""


def label(bit: object) -> Field:
    """Whether the connection has this label."""
    return Field(f"{LABELS} {bit}", ((ABSENT, 1),), Form.FREE)


BASE_FIELDS: dict[str, Field] = {item.name: item for item in (*CT.values(), *META.values(), *PAYLOAD.values(), L3, L4)}
"""Every named field, without the needs of a certain spelling."""
TAGGED = chance("tagged")
BASE_FIELDS[TAGGED.name] = TAGGED
"""A VLAN tag on a bridge's frame: whether nft looks for the network protocol behind it depends on nft's version."""
for _free in ("l3", "l4proto", "sport", "dport"):
    BASE_FIELDS[_free] = Field(_free, BASE_FIELDS[_free].domain, symbols=BASE_FIELDS[_free].symbols)
BASE_FIELDS["l3"] = L3
