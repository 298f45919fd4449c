"""Conditions about frames themselves: stations, tags, protocols, interfaces, ARP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.nftproof.layers.carried import Carried
from tests.nftproof.layers.drafts import ETHERTYPES, FRAMES, MACS, QUERY_FIELDS, VLANS
from tests.nftproof.layers.frames import BOX, BRIDGE, LEG, OWN_ADDRESS, PORTS, SENDERS, SOURCES, TARGETS
from tests.nftproof.layers.paths import number
from tests.nftproof.rulesets.words import Json, match, meta, payload


@dataclass(slots=True)
class Framed(Carried):
    """Each can stand beside the rule's earlier ones."""

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
        inside = (self._query,) if self.l3 == "arp" else (self._network, self._transport)
        return self.pick(*kinds, *inside, *inside)()

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
