"""What a rule does: verdicts, verdict maps, changes, and effects beside them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.nftproof.layers.drafts import EVERY, FRAMES
from tests.nftproof.layers.framed import Framed
from tests.nftproof.layers.frames import GROUPS, LEG, PORTS, SENDERS, SOURCES, STATION
from tests.nftproof.layers.segment import ASIDE
from tests.nftproof.rulesets.words import Json, meta, payload


@dataclass(slots=True)
class Deciding(Framed):
    """Each fits what the rule has asked for."""

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
            pairs = [[{"concat": end}, self._end(calls)] for end in ends]
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
