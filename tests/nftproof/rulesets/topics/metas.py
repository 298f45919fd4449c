"""What the kernel knows about a packet beside its bytes and its connection: meta, and random numbers."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.nftproof.fields import ABSENT
from tests.nftproof.rulesets.known import ALL, Known, Moment, Truth, absent_unless
from tests.nftproof.rulesets.words import Json, meta, payload

FROM_US = ("output", "postrouting")


def sent_here(moment: Moment) -> bool:
    """Sent by a process of the box, whose user and group the kernel knows."""
    return moment.packet.way == "out"


def has(field: str) -> Truth:
    return lambda moment: bool(moment.name(field))


def _clock(moment: Moment) -> int:
    now = datetime.now(UTC)
    return now.hour * 3600 + now.minute * 60 + now.second


def _time(_: Moment) -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def _day(_: Moment) -> int:
    return datetime.now(UTC).isoweekday() % 7


def _came_by(moment: Moment) -> int:
    """Ethernet; for a packet of the box, the type of the outgoing interface, once it is set."""
    return 1 if moment.name("iif") or moment.hook == "postrouting" else ABSENT


def hashed(*, mod: int, seed: int = 0, expr: Json) -> Json:
    return {"jhash": {"mod": mod, **({"seed": seed} if seed else {}), "expr": expr}}


OURS = absent_unless(sent_here, 0)
METAS = (
    Known(meta("skuid"), (0, 1000, {"range": [1000, 2000]}), OURS),
    Known(meta("skgid"), (0, 5), OURS),
    Known(meta("cgroup"), (0, 1), OURS),
    Known(meta("cpu"), (0, 1, {"set": [0, 2]}), None),
    Known(meta("iifgroup"), ("default", 5), absent_unless(has("iif"), 0)),
    Known(meta("oifgroup"), ("default", 5), absent_unless(has("oif"), 0)),
    Known(meta("iiftype"), ("ether", "loopback"), _came_by),
    Known(meta("oiftype"), ("ether", "ppp"), absent_unless(has("oif"), 1)),
    Known(meta("iifkind"), ("veth", "bridge"), absent_unless(has("iif"), "veth")),
    Known(meta("oifkind"), ("veth", "vlan"), absent_unless(has("oif"), "veth")),
    Known(meta("hour"), ({"range": ["00:00", "23:59"]}, {"range": ["00:00", "00:01"]}), _clock),
    Known(meta("day"), ("Sunday", "Monday", {"set": ["Friday", "Saturday"]}), _day),
    Known(
        meta("time"), ("2020-01-01 00:00:00", {"range": ["2020-01-01 00:00:00", "2040-01-01 00:00:00"]}),
        _time, ops=("!=",),
    ),
    Known(meta("rtclassid"), ("cosmos",), "cosmos", ("forward", "input")),
    Known(meta("ipsec"), (True, False), 0, ("prerouting", "input", "forward"), ops=("==",)),
    Known(meta("sdif"), ("0",), 0, ("input", "forward")),
    Known(meta("sdifname"), ("vrf9",), 0, ("input", "forward")),
    Known(meta("random"), (1 << 30, 3 << 30), None, ops=("<", ">=")),
    Known({"numgen": {"mode": "inc", "mod": 2, "offset": 0}}, (0, 1), None),
    Known({"numgen": {"mode": "random", "mod": 4, "offset": 8}}, (8, 10), None, ops=("<", ">=", "==")),
    Known(hashed(mod=2, expr=payload("ip", "saddr")), (0, 1), None, ALL, "ip"),
    Known(hashed(mod=4, seed=5, expr=payload("ip6", "daddr")), (1, 2), None, ALL, "ip6", ops=("<", "==")),
    Known({"osf": {"key": "name"}}, ("Linux", "Windows"), None, ("prerouting", "input", "forward"), l4="tcp"),
    Known({"ipsec": {"key": "reqid", "dir": "in", "spnum": 0}}, (1, 2), ABSENT, ("prerouting", "input", "forward")),
    Known({"symhash": {"mod": 2}}, (0, 1), None),
    Known(meta("pkttype"), ("host", "broadcast", {"set": ["host", "other"]}), lambda m: m.now.get("meta pkttype", 0)),
    Known(meta("priority"), ("1:2", "none", "0:7"), lambda m: m.now.get("meta priority", 0)),
)  # fmt: skip
