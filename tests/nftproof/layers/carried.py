"""Conditions about what a frame carries: IP and the transports above it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.nftproof.layers.drafts import SERVICES, Draft
from tests.nftproof.layers.frames import SOURCES, TARGETS
from tests.nftproof.rulesets.words import Json, match, meta, payload


@dataclass(slots=True)
class Carried(Draft):
    """Each fits what the rule has said of its network and transport protocol so far."""

    def _network(self) -> Json:
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
            ("esp", "sequence", 1), ("ah", "spi", 1, 5), ("comp", "cpi", 5, 22),
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
