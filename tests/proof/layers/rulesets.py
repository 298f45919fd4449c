"""Random rulesets of the layers around IP: frames on a bridge, at a device, and ARP.

One seed, one ruleset, as the JSON objects that nft takes and lists. Values come from small pools, so that rules overlap
and frames meet them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.proof.layers.frames import (
    BOX,
    BRIDGE,
    GROUPS,
    LEG,
    OWN_ADDRESS,
    PORTS,
    SENDERS,
    SOURCES,
    STATION,
    STRANGE,
    TARGETS,
)
from tests.proof.layers.paths import number
from tests.proof.layers.segment import ASIDE

Json = dict[str, Any]
FRAMES, QUERIES = "frames", "queries"
TABLES = (("bridge", "b"), ("netdev", "n"), ("inet", "i"), ("arp", "a"))
"""Family and name of every table that this makes."""
HOOKS = {
    "bridge": ("prerouting", "input", "forward", "forward", "forward", "output", "postrouting"),
    "netdev": ("ingress", "egress"),
    "inet": ("ingress",),
    "arp": ("input", "input", "output"),
}
DEVICES = {
    (FRAMES, "ingress"): (["p0"], ["p0"], ["p0", "p1"], ["p1"]),
    (FRAMES, "egress"): (["p1"], ["p1", "p2"], [BRIDGE], ["p0", "p1", "p2", BRIDGE]),
    (QUERIES, "ingress"): ([LEG],),
    (QUERIES, "egress"): ([LEG],),
}
MACS = (*SENDERS, *STATION.values(), BOX, GROUPS[0])
VLANS = (5, 6, 100)
ETHERTYPES = ("ip", "ip6", "arp", "8021q", "8021ad", 4, 29)
"""The last two: what the kernel takes for the protocol of a frame that has a length in its place, and such a length."""
SERVICES = (22, 53, 80, 443)
QUERY_FIELDS = (
    "operation", "saddr ip", "daddr ip", "saddr ether", "daddr ether", "htype", "ptype", "hlen", "plen",
)  # fmt: skip
UNUSED = 253  # a transport protocol for experiments
EVERY = (1 << 32) - 1


def payload(header: str, name: str) -> Json:
    return {"payload": {"protocol": header, "field": name}}


def meta(key: str) -> Json:
    return {"meta": {"key": key}}


def match(left: Json, right: Any, op: str = "==") -> Json:
    return {"match": {"op": op, "left": left, "right": right}}


@dataclass(slots=True)
class Maker:
    """Makes one ruleset for frames or for queries."""

    random: Random
    about: str = FRAMES
    objects: list[Json] = field(default_factory=list)
    family: str = "bridge"
    hooks: frozenset[str] = frozenset()  # of the table being made
    l3: str = ""  # of the rule being made: ip, ip6, arp or empty for any
    l4: str = ""
    tagged: bool = False
    named: bool = False  # names its protocol itself, which nft 1.0.6 leaves out of its listing before a header of it
    ordered: bool = False  # has a test by < or >: nft 1.0.6 lists two of them in one rule as one, wrongly

    def ruleset(self) -> Json:
        tables = (("bridge", "netdev", "inet"), (6, 3, 2)) if self.about == FRAMES else (("arp", "netdev"), (6, 1))
        first = self.random.choices(*tables)[0]
        families = {first, *(self.random.choices(*tables) if self.random.random() < 0.4 else ())}
        for family, name in TABLES:
            if family in families:
                self._table(family, name)
        return {"nftables": self.objects}

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def _table(self, family: str, table: str) -> None:
        self.family = family
        self._put("table", name=table)
        calls = ["s1", "s2"][: self.random.randint(0, 2)]
        for name in calls:
            self._put("chain", table=table, name=name)
        bases = {f"b{at}": self.pick(*HOOKS[family]) for at in range(self.pick(1, 1, 2, 3))}
        self.hooks = frozenset(bases.values())
        for name, hook in bases.items():
            more = {"dev": self.pick(*DEVICES[self.about, hook])} if hook in ("ingress", "egress") else {}
            policy, priority = self.pick("accept", "accept", "drop"), self.pick(-10, 0, 0, 10)
            self._put("chain", table=table, name=name, type="filter", hook=hook, prio=priority, policy=policy, **more)
        self._sets(table)
        for name in [*bases, *calls]:
            later = calls[calls.index(name) + 1 :] if name in calls else calls
            for _ in range(self.random.randint(0, 6)):
                self._put("rule", table=table, chain=name, expr=_spelt_out(self._rule(later)))

    def _put(self, kind: str, **body: Any) -> None:
        self.objects.append({kind: {"family": self.family, **body}})

    def _sets(self, table: str) -> None:
        """Named sets and maps of this layer's own values."""
        if self.family == "arp" or self.often(0.4):
            self._put("set", table=table, name="addresses", type="ipv4_addr", flags=["interval"], elem=self._networks())
        self._put("set", table=table, name="kinds", type="ether_type", elem=["ip", self.pick("arp", "ip6", "8021q")])
        pairs = [{"concat": [sender, self.pick(*SOURCES[0])]} for sender in SENDERS]
        self._put("set", table=table, name="owners", type=["ether_addr", "ipv4_addr"], elem=pairs)
        self._put("set", table=table, name="stations", type="ether_addr", elem=self.random.sample(MACS, 3))
        ranges = [{"range": ["02:00:00:00:00:10", "02:00:00:00:00:21"]}, SENDERS[2]]
        self._put("set", table=table, name="makers", type="ether_addr", flags=["interval"], elem=ranges)
        self._put("set", table=table, name="met", type="ether_addr", size=4096, flags=["timeout"], timeout=3600)
        names = [PORTS[0], BRIDGE] if self.about == FRAMES else [LEG]
        ends = [[name, self._end([])] for name in names]
        self._put("map", table=table, name="legs", type="ifname", map="verdict", elem=ends)

    def _networks(self) -> list[Json]:
        return [{"prefix": {"addr": "10.0.0.0", "len": self.pick(24, 30, 16)}}, "10.1.0.2"]

    def _rule(self, calls: list[str]) -> list[Json]:
        self.l3 = self.l4 = ""
        self.tagged = self.ordered = self.named = False
        expr = _told_apart([self._condition() for _ in range(self.pick(0, 1, 1, 1, 2, 2, 3))])
        if self.often(0.25):
            expr.append(self._effect())
        if self.often(0.15):
            expr.append(self._change())
            if self.often(0.5):
                return expr
        if self.often(0.15):
            return [*expr, self._choice(calls)]
        return [*expr, *self._verdict(calls)]

    def _condition(self) -> Json:
        """A condition that can stand beside the rule's earlier ones."""
        kinds: list[Callable[[], Json]] = [self._protocol, self._meta, self._interface]
        if not self.tagged:  # nft 1.0.6 lists an address that is tested after a tag as fields of the tag
            kinds.append(self._station)
        if self.named:
            return self.pick(*kinds)()
        if self.family == "arp":
            return self.pick(*kinds, self._query, self._query, self._query)()
        if self.often(0.3):
            kinds.append(self._concatenated)
        if self.family == "bridge" or self.family == "netdev":
            kinds += [self._tag, self._tag, self._query]
        if self.family == "inet":
            kinds.append(self._tag)
        return self.pick(*kinds, self._network, self._network, self._transport, self._transport)()

    def _op(self) -> str:
        return self.pick("==", "==", "==", "!=")

    def _less(self, left: Json, value: Any, right: Any) -> Json:
        """A test by order, one in a rule; else a plain one."""
        if self.ordered:
            return match(left, right, self._op())
        self.ordered = True
        return match(left, value, self.pick("<", ">", "<=", ">="))

    def _station(self) -> Json:
        left = payload("ether", self.pick("saddr", "daddr"))
        if self.often(0.2):
            bits, want = self.pick(("ff:ff:00:00:00:00", "02:00:00:00:00:00"), ("01:00:00:00:00:00",) * 2)
            return match({"&": [left, bits]}, want, self._op())
        if self.often(0.1):
            offset, length = self.pick((0, 48), (48, 48), (96, 16))
            right = self.pick(0x800, 0x8100) if length == 16 else number(self.pick(*MACS))
            return match({"payload": {"base": "ll", "offset": offset, "len": length}}, right, self._op())
        if self.often(0.3):
            return match(left, self.pick("@stations", "@makers"), self._op())
        span = {"range": ["02:00:00:00:00:10", "02:00:00:00:00:21"]}
        return match(left, self.pick(*MACS, span, {"set": self.random.sample(MACS, 2)}), self._op())

    def _protocol(self) -> Json:
        """The network protocol, by whom it is named."""
        kinds = self.random.sample(ETHERTYPES, 2)
        left = self.pick(payload("ether", "type"), meta("protocol"))
        if self.family == "inet" and self.often(0.5):
            return match(meta("nfproto"), self.pick("ipv4", "ipv6"), self._op())
        if self.l3 or self.l4 or self.tagged:
            return match(meta("protocol"), self.pick("ip", "ip6"), "!=") if self.l3 != "arp" else self._meta()
        self.named = True
        return match(left, self.pick(kinds[0], {"set": kinds}, "@kinds"), self._op())

    def _meta(self) -> Json:
        mark = meta("mark")
        kinds = [
            match(mark, self.pick(0, 1, 3, {"range": [1, 2]}), self._op()),
            match({"&": [mark, self.pick(1, 2, 0x10)]}, self.pick(0, 1, 2), self._op()),
            match(meta("pkttype"), self.pick("host", "broadcast", "multicast", "other"), self._op()),
            match(meta("pkttype"), {"set": ["host", "other"]}, self._op()),
            self._less(meta("length"), self.pick(46, 50, 60, 69), {"range": [40, 60]}),
            match(meta("skuid"), 0, self._op()),
            match(meta("skgid"), self.pick(0, 1), self._op()),
            match(meta("priority"), 0, self._op()),
        ]
        if self.family == "inet":
            kinds.append(match({"ct": {"key": "state"}}, self.pick("new", "invalid", ["established", "invalid"]), "in"))
        return self.pick(*kinds)

    def _interface(self) -> Json:
        names = (PORTS[0], PORTS[1], "p*", BRIDGE) if self.about == FRAMES else (LEG, "a*", "p0")
        way = self.pick("iif", "oif")
        kind = self.pick("name", "name", "name", "index", "type", "group", "kind")
        if kind == "index":
            return match(meta(way), self.pick(*(name for name in names if "*" not in name)), self._op())
        if kind == "type":
            kinds = {"set": ["ether", "loopback"]}  # before a header of Ethernet, nft 1.0.6 does not list a single one
            return self.pick(match(meta(f"{way}type"), kinds), match(meta(f"{way}type"), "loopback", "!="))
        if kind == "kind":
            return match(meta(f"{way}kind"), self.pick("veth", "bridge"), self._op())
        if kind == "group":
            return match(meta(f"{way}group"), self.pick("default", 7), self._op())
        several = {"set": [name for name in names if "*" not in name][:2]}
        return match(meta(f"{way}name"), self.pick(*names, several), self._op())

    def _tag(self) -> Json:
        """A VLAN header. What the rule tests after it lies behind it."""
        if self.l3 or self.l4 or self.tagged:
            return self._meta()
        self.tagged = True
        left = payload("vlan", self.pick("id", "id", "pcp", "dei", "type"))
        name = left["payload"]["field"]
        if name == "type":
            kinds = self.random.sample(("ip", "ip6", "arp", "8021q"), 2)
            return match(left, self.pick(kinds[0], {"set": kinds}), self._op())
        if name == "id":
            if self.often(0.2):
                return self._less(left, 6, 5)
            return match(left, self.pick(*VLANS, {"set": [5, 100]}, {"range": [5, 6]}), self._op())
        return match(left, self.pick(0, 3) if name == "pcp" else self.pick(0, 1), self._op())

    def _query(self) -> Json:
        if self.l3 not in ("", "arp") or self.l4:
            return self._meta()
        self.l3 = "arp"
        name = self.pick(*QUERY_FIELDS)
        left = payload("arp", name)
        if name == "operation":
            kinds = self.random.sample(("request", "reply", "rrequest", "inrequest"), 2)
            return match(left, self.pick(kinds[0], {"set": kinds}), self._op())
        if name.endswith("ip"):
            if self.family == "arp" and self.often(0.3):
                return match(left, "@addresses", self._op())
            right = (*SOURCES[0], *TARGETS[0], {"prefix": {"addr": "10.0.0.0", "len": 30}}, OWN_ADDRESS, "10.0.0.3")
            return match(left, self.pick(*right), self._op())
        if name.endswith("ether"):
            if self.often(0.3):
                return match({"&": [left, "ff:00:00:00:00:01"]}, self.pick("02:00:00:00:00:00", "06:00:00:00:00:01"))
            spans = {"range": ["02:00:00:00:00:00", "02:00:00:00:00:0b"]}
            return match(left, self.pick(*SENDERS, BOX, "@makers", spans), self._op())
        values = {"htype": (1, 6), "ptype": ("ip", "ip6"), "hlen": (6, 8), "plen": (4, 6)}[name]
        return match(left, self.pick(*values), self._op())

    def _network(self) -> Json:
        if self.l3 == "arp":
            return self._query()
        if not self.l3:
            self.l3 = self.pick("ip", "ip6")
        six = self.l3 == "ip6"
        if self.often(0.4):
            return self._header(six)
        name = self.pick("saddr", "daddr")
        pool = (SOURCES if name == "saddr" else TARGETS)[six]
        net = self.pick(("fd00::", 126), ("fd01::", 64)) if six else self.pick(("10.0.0.0", 30), ("10.1.0.0", 16))
        right = self.pick(*pool, {"prefix": {"addr": net[0], "len": net[1]}}, {"set": list(pool[:2])})
        return match(payload(self.l3, name), right, self._op())

    def _header(self, six: bool) -> Json:
        if six:
            kinds = [
                match(payload("ip6", "nexthdr"), self.pick("tcp", "udp", "ipv6-icmp"), self._op()),
                match(payload("ip6", "hoplimit"), self.pick(64, 1), self._op()),
                match(payload("ip6", "version"), 6),
            ]
            return self.pick(*kinds, match(payload("ip6", "dscp"), "cs1", self._op()))
        kinds = [
            match(payload("ip", "protocol"), self.pick("tcp", "udp", "icmp"), self._op()),
            match(payload("ip", "ttl"), self.pick(64, {"range": [1, 63]}), self._op()),
            match(payload("ip", "version"), 4),
            match(payload("ip", "id"), self.pick(1, 2), self._op()),
            self._less(payload("ip", "length"), 40, {"range": [30, 45]}),
        ]
        return self.pick(*kinds, match(payload("ip", "dscp"), "cs1", self._op()))

    def _transport(self) -> Json:
        if self.l3 == "arp":
            return self._query()
        kind = self.pick("port", "port", "port", "raw", "protocol", "icmp", "flags", "field", "option", "other")
        if kind == "protocol" or self.l4 not in ("", "tcp", "udp"):
            return match(meta("l4proto"), self.pick("tcp", {"set": ["tcp", "udp"]}, "ipv6-icmp"), self._op())
        if kind == "raw":
            ports = self.pick(1024, 20_000) << 16 | self.pick(*SERVICES)
            return match({"payload": {"base": "th", "offset": 0, "len": 32}}, ports, self._op())
        if kind == "icmp" and not self.l4:
            return self._icmp()
        if kind == "other" and not self.l4:
            return self._other()
        if kind == "option":
            return self._option()
        if kind == "flags" and self.l4 in ("", "tcp"):
            self.l4 = "tcp"
            return match(payload("tcp", "flags"), self.pick("syn", ["syn", "ack"]), self.pick("in", "!", "==", "!="))
        self.l4 = self.l4 or self.pick("tcp", "udp")
        if kind == "field":
            left, right = (("udp", "length"), 8 + 9) if self.l4 == "udp" else (("tcp", "sequence"), 1)
            return match(payload(*left), right, self._op())
        right = self.pick(*SERVICES, {"range": [22, 80]}, {"set": [53, 443]})
        if self.often(0.2):
            return match(
                payload(self.pick(self.l4, "th"), "sport"), self.pick(1024, {"range": [2000, 30_000]}), self._op()
            )
        return match(payload(self.pick(self.l4, self.l4, "th"), "dport"), right, self._op())

    def _other(self) -> Json:
        """A header of the less usual protocols."""
        header, name, *values = self.pick(
            ("igmp", "type", 0x11, 0x16), ("esp", "spi", 1024 << 16 | 22, {"range": [1, 1 << 30]}),
            ("esp", "sequence", 1), ("ah", "spi", 1, 5), ("ah", "nexthdr", 4, 59), ("comp", "cpi", 5, 22),
            ("sctp", "dport", *SERVICES), ("sctp", "vtag", 0, 1), ("dccp", "dport", *SERVICES), ("dccp", "sport", 1024),
            ("udplite", "dport", *SERVICES),
        )  # fmt: skip
        if header == "igmp":
            if self.l3 == "ip6":
                return self._option()
            self.l3 = "ip"
        self.l4 = header
        return match(payload(header, name), self.pick(*values), self._op())

    def _option(self) -> Json:
        """Something that few packets have."""
        if self.l3 == "" and self.l4 == "" and self.often(0.7):
            self.l3 = self.pick("ip", "ip6")
            left: Json = (
                {"ip option": {"name": "rr"}} if self.l3 == "ip" else {"exthdr": {"name": self.pick("frag", "hbh")}}
            )
            return match(left, self.pick(True, False, False))
        return match({"tcp option": {"name": "maxseg"}}, self.pick(True, False, False))

    def _icmp(self) -> Json:
        self.l3 = self.l3 or self.pick("ip", "ip6")
        self.l4 = "icmp" if self.l3 == "ip" else "icmpv6"
        kinds = ["echo-request", "echo-reply", "destination-unreachable"]
        if self.often(0.3):
            return match(payload(self.l4, "code"), self.pick(0, 1), self._op())
        return match(payload(self.l4, "type"), self.pick(kinds[0], {"set": kinds[::2]}), self._op())

    def _concatenated(self) -> Json:
        """Two or three fields together."""
        if self.l3 or self.l4 or self.tagged:
            return self._meta()
        sender = payload("ether", "saddr")
        station = self.pick(*SENDERS)
        kind = self.pick("tag", "address", "protocol", "service")
        if kind == "tag":
            self.tagged = True
            left, right = [sender, payload("vlan", "id")], [station, self.pick(*VLANS)]
        elif kind == "address":
            self.l3 = "ip"
            left, right = [sender, payload("ip", "saddr")], [station, self.pick(*SOURCES[0])]
            if self.often(0.5):
                return match({"concat": left}, "@owners", self._op())
        elif kind == "protocol":
            left = [meta("protocol"), meta("pkttype")]
            right = [self.pick("ip", "ip6", "arp"), self.pick("host", "other", "broadcast")]
        else:
            self.l3, self.l4 = "ip6", "tcp"
            left = [payload("ip6", "daddr"), payload("tcp", "dport")]
            right = [self.pick(*TARGETS[1]), self.pick(22, 80, {"range": [50, 500]})]
        return match({"concat": left}, {"set": [{"concat": right}]}, self._op())

    def _effect(self) -> Json:
        """Something beside the verdict; rates and amounts are such that it is known whether they match."""
        kinds: list[Json] = [
            {"counter": None},
            {"log": {"group": 5}},
            {"limit": {"rate": 1_000_000, "burst": 1_000_000, "per": "second", "inv": self.often(0.5)}},
            {"quota": {"val": 100, "val_unit": "mbytes", "inv": self.often(0.5)}},
            {"set": {"op": self.pick("add", "update"), "elem": payload("ether", "saddr"), "set": "@met"}},
        ]
        if self.family == "netdev":
            kinds.append({"dup": {"addr": ASIDE}})
        if self.hooks == {"ingress"}:
            kinds.append({"notrack": None})
        return self.pick(*kinds)

    def _change(self) -> Json:
        """A field gets another value."""
        mark = meta("mark")
        marks = (1, 3, {"|": [{"&": [mark, EVERY - 2]}, 2]}, {"&": [mark, 1]}, {"|": [mark, 0x10]})
        kinds = [{"mangle": {"key": mark, "value": self.pick(*marks)}} for _ in range(2)]
        if self.family == "arp":
            if self.l3 in ("", "arp") and not self.named and len(self.hooks) == 1:  # what says who asked has to stay
                name, value = ("operation", "request") if "output" in self.hooks else ("daddr ether", SENDERS[0])
                kinds.append({"mangle": {"key": payload("arp", name), "value": value}})
            return self.pick(*kinds)
        kinds.append({"mangle": {"key": payload("ether", "saddr"), "value": SENDERS[0]}})
        kinds.append({"mangle": {"key": meta("priority"), "value": 0}})
        if self.named:
            return self.pick(*kinds)
        if not self.l3 and not self.l4 and self.about == FRAMES:
            kinds.append({"mangle": {"key": payload("vlan", "id"), "value": self.pick(5, 6)}})
        if not self.tagged and self.l3 in ("", "ip"):
            kinds.append({"mangle": {"key": payload("ip", "ttl"), "value": self.pick(5, 64)}})
            kinds.append({"mangle": {"key": payload("ip", "saddr"), "value": self.pick(*SOURCES[0])}})
        return self.pick(*kinds)

    def _choice(self, calls: list[str]) -> Json:
        """A verdict map."""
        if self.often(0.3):
            return {"vmap": {"key": meta(self.pick("iifname", "oifname")), "data": "@legs"}}
        key, values = payload("ether", "saddr"), list(SENDERS)
        if self.tagged:
            key, values = meta("pkttype"), ["host", "other"]
        if not (self.l3 or self.l4 or self.tagged or self.named):
            if self.family == "arp" or self.often(0.2):
                key, values = payload("arp", "operation"), ["request", "reply", "rrequest"]
            else:
                key, values = self.pick(
                    (payload("ether", "type"), ["ip", "arp", "8021q"]), (meta("protocol"), ["ip", "arp", "ip6"]),
                    (payload("vlan", "id"), [5, {"range": [6, 99]}]), (meta("pkttype"), ["host", "other"]),
                    (payload("ether", "daddr"), [STATION["p1"], GROUPS[0]]),
                )  # fmt: skip
        if self.often(0.15):
            ends = [["host", self.pick(PORTS[0], LEG)], ["other", PORTS[0]], ["broadcast", LEG]]
            pairs = [[{"concat": one}, self._end(calls)] for one in ends]
            return {"vmap": {"key": {"concat": [meta("pkttype"), meta("iifname")]}, "data": {"set": pairs}}}
        pairs = [[value, self._end(calls)] for value in values]
        if self.often(0.3):
            pairs.append(["*", self._end(calls)])
        return {"vmap": {"key": key, "data": {"set": pairs}}}

    def _end(self, calls: list[str]) -> Json:
        ends: list[Json] = [{"accept": None}, {"drop": None}, {"accept": None}, {"drop": None}, {"return": None}]
        for name in calls:
            ends += [{"jump": {"target": name}}, {"goto": {"target": name}}]
        return self.pick(*ends)  # type: ignore[no-any-return]

    def _verdict(self, calls: list[str]) -> list[Json]:
        if self.family in ("netdev", "inet") and self.often(0.15):
            if self.hooks == {"ingress"}:
                kinds: list[Json | None] = [None, {"type": "icmpx", "expr": "admin-prohibited"}]
                if not self.tagged and self.l3 in ("", "ip"):
                    kinds.append({"type": "icmp", "expr": "host-unreachable"})
                return [{"reject": self.pick(*kinds)}]
            if self.family == "netdev":
                return [{"fwd": {"dev": ASIDE}}]
        if self.often(0.1):
            return [{"counter": None}]
        return [{"continue": None}] if self.often(0.05) else [self._end(calls)]


def _spelt_out(expr: list[Json]) -> list[Json]:
    """A protocol that is named beside other things that need one is one of a set: nft 1.0.6 may not list it alone."""
    for one in expr:
        test = one.get("match", {})
        alone = test.get("op") == "==" and isinstance(test["right"], str | int) and test["right"] != "@kinds"
        others = [other for other in expr if other is not one]
        beside = any("reject" in other or "payload" in str(other) or "option" in str(other) for other in others)
        if alone and beside and test["left"] in (payload("ether", "type"), meta("protocol")):
            test["right"] = {"set": [test["right"], STRANGE]}
        if alone and beside and test["left"] == meta("l4proto"):
            test["right"] = {"set": [test["right"], UNUSED]}
    return expr


def _told_apart(conditions: list[Json]) -> list[Json]:
    """At most one test of a header by `!=`: nft 1.0.6 makes one of two that lie side by side."""
    unequal = [one["match"] for one in conditions if one["match"]["op"] == "!=" and "payload" in str(one)]
    for one in unequal[1:]:
        one["op"] = "=="
    return conditions


def ruleset(seed: int, about: str = FRAMES) -> Json:
    """The ruleset of a seed, without handles."""
    return Maker(Random(seed), about).ruleset()  # noqa: S311 - not for secrets
