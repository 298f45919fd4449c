"""Random rulesets of common filter constructs, as JSON objects that nft loads and lists.

One seed, one ruleset. Values come from small pools, so that rules overlap and packets meet them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.nftproof.rulesets.drawing import Drawing
from tests.nftproof.rulesets.words import Json, ct, match, meta, payload, prefix

V4 = ("10.0.0.1", "10.0.0.2", "10.0.0.5", "10.1.0.1", "10.1.0.2", "10.2.0.1", "10.9.0.1")
V6 = ("fd00::1", "fd00::2", "fd00::5", "fd01::1", "fd01::2", "fd02::1", "fd09::1")
PORTS = (21, 22, 53, 80, 443, 1000, 8080, 65535)
IN, OUT = ("lan0", "lan1"), ("dmz0", "dmz1")
HOOKS = ("forward", "forward", "forward", "prerouting", "postrouting", "input", "output")


@dataclass(slots=True)
class RulesetMaker(Drawing):
    """Generates one ruleset. `small` omits constructs with too many values for a test of all packets."""

    small: bool = False
    refuses: bool = True  # the kernel does not refuse (reject) in postrouting

    def ruleset(self) -> Json:
        tables = [("inet", "t")]
        if self.random.random() < 0.3:
            tables.append((self.pick("ip", "ip6"), "u"))
        for family, name in tables:
            self._table(family, name)
        return {"nftables": self.objects}

    def _table(self, family: str, table: str) -> None:
        self.family = family
        self._put("table", name=table)
        calls = ["s1", "s2"][: self.random.randint(0, 2)]
        for name in calls:
            self._put("chain", table=table, name=name)
        self._sets(table)
        count = self.pick(1, 1, 2, 3)
        bases = {f"b{number}": "forward" if self.small else self.pick(*HOOKS) for number in range(count)}
        self.refuses = "postrouting" not in bases.values()
        for name, hook in bases.items():
            priority = self.pick(-10, 0, 0, 10) if hook not in ("prerouting", "output") else self.pick(-300, -150, 0)
            policy = self.pick("accept", "drop")
            self._put("chain", table=table, name=name, type="filter", hook=hook, prio=priority, policy=policy)
        for name in [*bases, *calls]:
            later = calls[calls.index(name) + 1 :] if name in calls else calls
            for _ in range(self.random.randint(0, 6)):
                self._put("rule", table=table, chain=name, expr=self._rule(later))

    def _sets(self, table: str) -> None:
        """Named sets and maps, of the table's own network family."""
        self.l3 = "ip6" if self.family == "ip6" else "ip"
        kind = "ipv6_addr" if self.l3 == "ip6" else "ipv4_addr"
        several = self.random.sample(list(self._pool()), 3)
        self._put("set", table=table, name="plain", type=kind, elem=several)
        wide = [self._network(), self._pool()[6]]
        self._put("set", table=table, name="wide", type=kind, flags=["interval"], elem=wide)
        pairs = [{"concat": [address, port]} for address, port in zip(several, (22, 80, 443), strict=True)]
        self._put("set", table=table, name="pairs", type=[kind, "inet_service"], elem=pairs)
        ranges = [{"concat": [self._network(), {"range": [22, 80]}]}]
        self._put("set", table=table, name="ranges", type=[kind, "inet_service"], flags=["interval"], elem=ranges)
        verdicts = [[address, self._end([])] for address in several]
        self._put("map", table=table, name="verdicts", type=kind, map="verdict", elem=verdicts)

    def _pool(self) -> tuple[str, ...]:
        return V6 if self.l3 == "ip6" else V4

    def _network(self) -> Json:
        six = self.l3 == "ip6"
        base, length = (
            self.pick(("fd00::", 64), ("fd00::", 126), ("fd01::", 16))
            if six
            else self.pick(("10.0.0.0", 24), ("10.0.0.0", 31), ("10.1.0.0", 16), ("10.0.0.0", 13))
        )
        return prefix(base, length)

    def _end(self, calls: list[str]) -> Json:
        if calls and self.random.random() < 0.4:
            return {self.pick("jump", "goto"): {"target": self.pick(*calls)}}
        return {self.pick("accept", "accept", "drop", "return"): None}

    def _rule(self, calls: list[str]) -> list[Json]:
        fixed = {"ip": "ip", "ip6": "ip6"}.get(self.family)
        self.l3 = fixed or self.pick("", "ip", "ip", "ip6")
        self.l4 = self.pick("", "tcp", "tcp", "udp", "icmp")
        self.ordered = False
        statements = [self._condition() for _ in range(self.pick(0, 1, 1, 2, 2, 3))]
        if self.random.random() < 0.12:
            return [*statements, self._choice(calls)]
        if self.random.random() < 0.12:
            statements.append(self._change())
            return statements if self.random.random() < 0.7 else [*statements, {"accept": None}]
        if self.random.random() < 0.1:
            statements.append({"counter": {"packets": 0, "bytes": 0}})
        if self.random.random() < 0.1 and self.refuses and self.family == "inet":
            return [*statements, {"reject": {"type": "icmpx", "expr": "port-unreachable"}}]
        return [*statements, self._end(calls)]

    def _condition(self) -> Json:
        topics: list[Callable[[], Json]] = [self._interface, self._address, self._address, self._transport, self._state]
        topics += [self._mark, self._protocol, self._set]
        return self.pick(*topics)()

    def _interface(self) -> Json:
        key, names = self.pick(("iifname", IN), ("oifname", OUT))
        several = ({"set": list(names)}, {"set": ["lo", f"{names[0][:2]}*"]})
        right = self.pick(names[0], names[1], f"{names[0][:3]}*", "zzz*", *several)
        if self.random.random() < 0.15:
            concat = {"concat": [meta("iifname"), meta("oifname")]}
            return match(concat, {"set": [{"concat": [self.pick(*IN), self.pick(*OUT)]}]}, self._op())
        if self.random.random() < 0.05 and not self.small:
            return match(meta(key.removesuffix("name")), names[0], self._op())
        return match(meta(key), right, self._op())

    def _address(self) -> Json:
        if not self.l3:
            self.l3 = self.pick("ip", "ip6")
        pool = self._pool()
        right = self.pick(
            self.pick(*pool), self.pick(*pool), self._network(),
            {"range": sorted(self.random.sample(pool, 2), key=_order)}, {"set": [self._network(), pool[6]]},
            {"set": self.random.sample(list(pool), 2)},
        )  # fmt: skip
        left = payload(self.l3, self.pick("saddr", "daddr"))
        if self.l3 == "ip" and self.random.random() < 0.1:
            return match({"&": [left, "0.0.0.255"]}, self.pick("0.0.0.1", "0.0.0.2"), self._op())
        if self.random.random() < 0.05 and not self.ordered:
            self.ordered = True
            return match(left, pool[1], self.pick("<", ">", "<=", ">="))
        return match(left, right, self._op())

    def _transport(self) -> Json:
        if self.l4 == "icmp":
            return self._icmp()
        if not self.l4:
            self.l4 = self.pick("tcp", "udp")
        if self.l4 == "tcp" and self.random.random() < 0.25:
            return self._flags()
        right = self.pick(
            self.pick(*PORTS), self.pick(*PORTS), {"range": [22, 80]}, {"range": [1024, 65535]}, {"set": [22, 443]},
            {"set": [53, {"range": [80, 1000]}]},
        )  # fmt: skip
        header = self.pick(self.l4, self.l4, "th") if not self.small else self.l4
        if self.random.random() < 0.05:
            return match({"&": [payload(self.l4, "dport"), 1]}, self.pick(0, 1))
        if self.random.random() < 0.1:
            return match(payload(header, "sport"), {"range": [20_000, self.pick(20_016, 20_048)]}, self._op())
        return match(payload(header, "dport"), right, self._op())

    def _icmp(self) -> Json:
        if not self.l3:
            self.l3 = self.pick("ip", "ip6")
        header = "icmp" if self.l3 == "ip" else "icmpv6"
        kinds = ["echo-request", "echo-reply", "destination-unreachable"]
        return match(payload(header, "type"), self.pick(kinds[0], kinds[1], {"set": kinds[::2]}), self._op())

    def _flags(self) -> Json:
        left = payload("tcp", "flags")
        if self.random.random() < 0.5:
            return match({"&": [left, ["fin", "syn", "rst", "ack"]]}, self.pick("syn", "ack"), self._op())
        return match(left, self.pick("syn", ["syn", "ack"]), self.pick("in", "!", "==", "!="))

    def _state(self) -> Json:
        if self.random.random() < 0.15:
            return match(ct("direction"), self.pick("original", "reply"))
        right, op = self.pick(
            ("new", "in"), (["established", "related"], "in"), ("invalid", "in"), ("new", "!="), ("established", "=="),
            ({"set": ["established", "new"]}, self._op()), (["new", "untracked"], "!"),
        )  # fmt: skip
        return match(ct("state"), right, op)

    def _mark(self) -> Json:
        if self.random.random() < 0.4:
            return match({"&": [meta("mark"), self.pick(1, 2, 0x10)]}, self.pick(0, 1, 2), self._op())
        return match(meta("mark"), self.pick(0, 1, 3, {"range": [1, 2]}), self._op())

    def _protocol(self) -> Json:
        kinds = [match(meta("l4proto"), {"set": ["tcp", "udp"]}, self._op())]
        if not self.l4:
            self.l4 = self.pick("tcp", "udp")
            kinds.append(match(meta("l4proto"), self.l4))
        if self.family == "inet" and not self.l3:
            kinds.append(match(meta("nfproto"), self.pick("ipv4", "ipv6"), self._op()))
        if not self.small:
            kinds += self._headers()
        if not self.small and not self.ordered:
            self.ordered = True
            return self.pick(*kinds, match(meta("length"), 60, self.pick("<", ">")))
        return self.pick(*kinds)

    def _headers(self) -> list[Json]:
        """Fields with too many values for a test of all packets."""
        kinds = [match(ct("mark"), 0, self._op())]
        if not self.l3:  # beside another family's address nft 1.0.6 omits it from its listing
            kinds.append(match(meta("protocol"), self.pick("ip", "ip6"), "!="))
        if self.l3 == "ip":
            kinds += [match(payload("ip", "ttl"), 64), match(payload("ip", "dscp"), "cs1", self._op())]
            kinds.append(match(payload("ip", "protocol"), self.pick("tcp", "udp", "icmp", "esp"), self._op()))
        if self.l3 == "ip6":
            kinds.append(match(payload("ip6", "nexthdr"), self.pick("tcp", "udp", "ipv6-icmp"), self._op()))
            kinds.append(match(payload("ip6", "hoplimit"), self.pick(63, 64)))
        return kinds

    def _set(self) -> Json:
        """A named set, or a concatenation with a set of its own."""
        if not self.l3:
            self.l3 = self.pick("ip", "ip6") if self.family != "inet" else "ip"
        if self.family == "inet" and self.l3 == "ip6":
            return self._address()
        address = payload(self.l3, self.pick("saddr", "daddr"))
        if self.l4 in ("", "tcp") and self.random.random() < 0.6:
            self.l4 = "tcp"
            left = {"concat": [address, payload("tcp", "dport")]}
            pool = self.random.sample(list(self._pool()), 2)
            own = {"set": [{"concat": [item, self.pick(22, 80, {"range": [22, 443]})]} for item in pool]}
            return match(left, self.pick("@pairs", "@ranges", own), self._op())
        return match(address, self.pick("@plain", "@wide"), self._op())

    def _choice(self, calls: list[str]) -> Json:
        kind = self.pick("state", "port", "named", "interface")
        if kind == "state":
            pairs = [["new", self._end(calls)], ["established", {"accept": None}], ["invalid", {"drop": None}]]
            return {"vmap": {"key": ct("state"), "data": {"set": pairs}}}
        if kind == "port" and self.l4 in ("", "tcp"):
            pairs = [[22, self._end(calls)], [{"range": [80, 443]}, self._end(calls)]]
            return {"vmap": {"key": payload("tcp", "dport"), "data": {"set": pairs}}}
        if kind == "named" and self.l3 in ("", "ip6" if self.family == "ip6" else "ip"):
            return {"vmap": {"key": payload("ip6" if self.family == "ip6" else "ip", "saddr"), "data": "@verdicts"}}
        pairs = [[IN[0], self._end(calls)], [IN[1], self._end(calls)]]
        return {"vmap": {"key": meta("iifname"), "data": {"set": pairs}}}

    def _change(self) -> Json:
        mark = meta("mark")
        value = self.pick(1, 3, {"|": [{"&": [mark, 0xFFFFFFFD]}, 2]}, {"&": [mark, 1]}, {"|": [mark, 0x10]})
        return {"mangle": {"key": mark, "value": value}}


def _order(address: str) -> tuple[int, ...]:
    from ipaddress import ip_address

    return (int(ip_address(address)),)
