"""Random rulesets of the layers around IP: frames on a bridge, at a device, and ARP.

One seed, one ruleset, as the JSON objects that nft takes and lists. Values come from small pools, so that rules overlap
and frames meet them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.nftproof.layers.deciding import Deciding
from tests.nftproof.layers.drafts import FRAMES, MACS, QUERIES, UNUSED
from tests.nftproof.layers.frames import BRIDGE, LEG, PORTS, SENDERS, SOURCES, STRANGE
from tests.nftproof.rulesets.words import Json, meta, payload

__all__ = ["FRAMES", "QUERIES", "TABLES", "Json", "ruleset"]
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
NAMING = (
    (payload("ether", "type"), STRANGE), (meta("protocol"), STRANGE),
    (meta("l4proto"), UNUSED), (payload("ip", "protocol"), UNUSED), (payload("ip6", "nexthdr"), UNUSED),
)  # fmt: skip
"""What names a protocol, with a value that no frame has."""


@dataclass(slots=True)
class Maker(Deciding):
    """Makes one ruleset for frames or for queries."""

    def ruleset(self) -> Json:
        tables = (("bridge", "netdev", "inet"), (6, 3, 2)) if self.about == FRAMES else (("arp", "netdev"), (6, 1))
        first = self.random.choices(*tables)[0]
        families = {first, *(self.random.choices(*tables) if self.random.random() < 0.4 else ())}
        for family, name in TABLES:
            if family in families:
                self._table(family, name)
        return {"nftables": self.objects}

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


def _spelt_out(expr: list[Json]) -> list[Json]:
    """A protocol that is named beside other things that need one is one of a set: nft 1.0.6 may not list it alone."""
    for item in expr:
        test = item.get("match", {})
        alone = test.get("op") == "==" and isinstance(test["right"], str | int) and test["right"] != "@kinds"
        others = [other for other in expr if other is not item]
        beside = any("reject" in other or "payload" in str(other) or "option" in str(other) for other in others)
        unused = next((value for left, value in NAMING if alone and beside and test["left"] == left), None)
        if unused is not None:
            test["right"] = {"set": [test["right"], unused]}
    return expr


def _told_apart(conditions: list[Json]) -> list[Json]:
    """At most one test of a header by `!=`: nft 1.0.6 makes one of two that lie side by side."""
    unequal = [
        condition["match"]
        for condition in conditions
        if condition["match"]["op"] == "!=" and "payload" in str(condition)
    ]
    for item in unequal[1:]:
        item["op"] = "=="
    return conditions


def ruleset(seed: int, about: str = FRAMES) -> Json:
    """The ruleset of a seed, without handles."""
    return Maker(Random(seed), about).ruleset()  # noqa: S311 - not for secrets
