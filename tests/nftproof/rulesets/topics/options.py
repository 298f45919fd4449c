"""Options of TCP and IP, extension headers of IPv6, chunks of SCTP: whether they are present, and their values."""

from __future__ import annotations

from policies.nftproof.fields import ABSENT
from tests.nftproof.headers import EXTENSIONS, SCTP
from tests.nftproof.packets import TCP
from tests.nftproof.rulesets.known import ALL, Known, Moment, Truth, Value, absent_unless
from tests.nftproof.rulesets.topics.connections import PROTOCOLS
from tests.nftproof.rulesets.words import Json

PAIR = (True, False)


def option(kind: str, name: str, field: str = "") -> Json:
    return {kind: {"name": name, **({"field": field} if field else {})}}


def has(name: str, proto: int = 0) -> Truth:
    return lambda moment: moment.packet.option == name and proto in (0, moment.packet.proto)


def _there(kind: str, name: str, *where: str, proto: int = 0) -> Known:
    value = has(name, proto)
    return Known(option(kind, name), PAIR, lambda m: int(value(m)), ALL, *where, ops=("==",))


def _says(kind: str, name: str, field: str, rights: tuple[object, ...], value: Value | Truth, *where: str) -> Known:
    return Known(option(kind, name, field), rights, absent_unless(has(name), value), ALL, *where)


def _next(moment: Moment) -> int | str:
    return PROTOCOLS.get(moment.packet.proto, ABSENT)


INIT = absent_unless(lambda m: m.packet.proto == SCTP, 0)
OPTIONS = (
    *(_there("tcp option", name, "", "tcp", proto=TCP) for name in ("maxseg", "window", "sack-perm", "timestamp")),
    _says("tcp option", "maxseg", "size", (1460, 1000, {"range": [1000, 1460]}), 1460, "", "tcp"),
    _says("tcp option", "window", "count", (7, 8), 7, "", "tcp"),
    _says("tcp option", "timestamp", "tsval", (1, 2), 1, "", "tcp"),
    *(_there("ip option", name, "ip") for name in ("rr", "ra")),
    _says("ip option", "rr", "length", (7, 8), 7, "ip"),
    _says("ip option", "ra", "value", (0, 1), 0, "ip"),
    *(_there("exthdr", name, "ip6") for name in EXTENSIONS),
    Known(option("exthdr", "frag"), PAIR, 0, ALL, "ip6", ops=("==",)),
    _says("exthdr", "hbh", "nexthdr", ("tcp", "udp"), _next, "ip6"),
    _says("exthdr", "dst", "hdrlength", (0, 1), 0, "ip6"),
    Known(option("sctp chunk", "init"), PAIR, lambda m: int(m.packet.proto == SCTP), ALL, "", "sctp", ("==",)),
    Known(option("sctp chunk", "data"), PAIR, 0, ALL, "", "sctp", ("==",)),
    Known(option("sctp chunk", "init", "flags"), (0, 1), INIT, ALL, "", "sctp"),
)
