"""What the kernel derives from its routes and sockets: fib, rt, socket."""

from __future__ import annotations

from ipaddress import ip_address

from policies.nftproof.fields import ABSENT
from tests.nftproof.packets import UDP
from tests.nftproof.rulesets.known import LATE, Known, Moment, Truth, interface_number, interface_of, own
from tests.nftproof.rulesets.words import Json, prefix

LISTENING = 53
"""The box has a UDP socket there, for any address."""
INBOUND = ("prerouting", "input", "forward")


def fib(result: str, *flags: str) -> Json:
    return {"fib": {"result": result, "flags": list(flags)}}


def rt(key: str, family: str = "") -> Json:
    return {"rt": {"key": key, **({"family": family} if family else {})}}


def _back(moment: Moment) -> str:
    """The interface of the return route, if the packet came in there."""
    found = interface_of(moment.address("saddr"))
    return found if found == moment.name("iif") else ""


def _kind(end: str) -> Truth:
    return lambda moment: "local" if own(moment.address(end)) else "unicast"


def _nexthop(moment: Moment) -> int:
    if moment.hook == "input":
        return int(ip_address(moment.address("daddr")))
    number = interface_number(moment.name("oif"))
    return int(ip_address(f"2001:db8:{number}::2" if moment.six else f"192.0.2.{4 * number + 2}"))


def _listened(moment: Moment) -> bool:
    """For any address: the socket is bound to none."""
    return moment.packet.proto == UDP and moment.now["dport"] == LISTENING


def _socket(value: int) -> Truth:
    return lambda moment: value if _listened(moment) else ABSENT


ROUTES = (
    Known(fib("oif", "saddr", "iif"), (True, False), lambda m: int(bool(_back(m))), INBOUND, ops=("==",)),
    Known(fib("oif", "saddr", "iif"), ("lan0", "dmz0", "0"), lambda m: _back(m) or 0, INBOUND),
    Known(fib("oifname", "saddr", "iif"), ("lan0", "dmz1"), lambda m: _back(m) or 0, INBOUND),
    Known(fib("oifname", "daddr"), ("dmz0", "dmz1", "lan0"), lambda m: interface_of(m.address("daddr")) or 0, INBOUND),
    Known(fib("oif", "saddr", "mark"), ("lan0", "lan1"), lambda m: interface_of(m.address("saddr")) or 0, INBOUND),
    Known(fib("type", "daddr"), ("local", "unicast", {"set": ["local", "broadcast"]}), _kind("daddr")),
    Known(fib("type", "saddr"), ("local", "unicast", "multicast"), _kind("saddr")),
    Known(rt("nexthop", "ip"), ("192.0.2.10", "192.0.2.2", prefix("192.0.2.8", 29)), _nexthop, LATE, "ip"),
    Known(rt("nexthop", "ip6"), ("2001:db8:2::2", "2001:db8:0::2", prefix("2001:db8::", 46)), _nexthop, LATE, "ip6"),
    Known(rt("mtu"), (1460, 1440), lambda m: 1440 if m.six else 1460, ("forward", "output", "postrouting")),
    Known(rt("classid"), ("cosmos",), "cosmos", LATE),
    Known(rt("ipsec"), (True, False), 0, ("forward", "output", "postrouting"), ops=("==",)),
    Known({"socket": {"key": "transparent"}}, (0, 1), _socket(0), ("prerouting", "input")),
    Known({"socket": {"key": "wildcard"}}, (0, 1), _socket(1), ("prerouting", "input")),
    Known({"socket": {"key": "mark"}}, (0, 1), _socket(0), ("prerouting", "input")),
)
