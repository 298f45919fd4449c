"""The interpreter with knowledge that only a test has: to which address a rule translates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from policies.nftproof.fields import IPV6
from policies.nftproof.hooks import Hook
from policies.nftproof.interpreter import TRANSLATED, Interpreter, Passage, WalkOutcome
from policies.nftproof.listing import Chain, NftRule
from policies.nftproof.match import Ask
from tests.nftproof.guessing import UnknownFieldError
from tests.nftproof.packets import ICMPV6, TestPacket

MANY = 16
END = {"dnat": "d", "redirect": "d", "snat": "s", "masquerade": "s"}


class Knowing(Interpreter):
    """`becomes`: the translated fields of a connection's later packets, known from its first packet."""

    becomes: Mapping[str, int] = {}
    hook: str = ""
    sent: TestPacket
    facts: Callable[[Mapping[str, int]], Mapping[str, int]]  # fields of a packet with these addresses
    own: Mapping[str, int] = {}  # the box's addresses on this packet's interfaces, by `iif` and `oif`

    def outcome(self, hook: Hook, packet: Mapping[str, int], without: int | None = None) -> WalkOutcome:
        self.hook = hook.name
        return super().outcome(hook, packet, without)

    def _translated(self, walk: Any) -> None:
        super()._translated(walk)
        walk.packet.update(self.becomes)
        if self.sent.proto == ICMPV6:  # its checksum is where others have a port, and covers the addresses
            ends = {end: str(IPv6Address(walk.packet[f"ip6 {end}"])) for end in ("saddr", "daddr")}
            walk.packet["dport"] = replace(self.sent, **ends).checksum
        walk.packet.update(self.facts(walk.packet))

    def _base(self, walk: Any, chain: Chain) -> None:
        before = len(walk.trail)
        super()._base(walk, chain)
        if chain.kind == "nat" and walk.translated:
            for passage in walk.trail[before:]:
                self._apply(walk, passage)

    def _apply(self, walk: Any, passage: Passage) -> None:
        """Apply the statement's translation to the packet."""
        rule = passage.rule
        for at, statement in enumerate(rule.expr if rule else ()):
            kind, body = next(iter(statement.items()))
            if rule and kind in TRANSLATED and passage.what == "accept":
                walk.packet.update(self._becomes(walk, rule, at, kind, body or {}))

    def _becomes(self, walk: Any, rule: NftRule, at: int, kind: str, body: dict[str, Any]) -> Iterator[tuple[str, int]]:
        six = walk.packet["l3"] == IPV6
        address, port = body.get("addr"), body.get("port")
        if isinstance(address, dict) and "map" in address:
            ask = Ask(self.ruleset, rule, at, walk.packet, walk.early, walk.path, self._fields_of)
            address = ask.mapped(address["map"])
            if isinstance(address, dict):
                address, port = address["concat"]
        end = END[kind]
        if kind in ("redirect", "masquerade"):
            value = self.own["iif" if kind == "redirect" else "oif"]
        else:
            value = self._one(walk, address, "address")
        yield f"{'ip6' if six else 'ip'} {end}addr", value
        if walk.packet["l4proto"] in (6, 17) and port is not None:
            if isinstance(port, dict) and "range" in port and port["range"][1] - port["range"][0] > MANY:
                walk.packet.pop(f"{end}port", None)  # too many possible values
            else:
                yield f"{end}port", self._one(walk, port, "port")

    def _one(self, walk: Any, value: Any, what: str) -> int:
        """One of the given values, whichever the kernel takes."""
        if isinstance(value, dict):
            if "prefix" in value:  # nft writes a range so where it is one
                net = ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}")
                ends = [int(net[0]), int(net[-1])]
            else:
                ends = value["range"]
            low, high = (end if isinstance(end, int) else int(ip_address(end)) for end in ends)
            name = f"{self.hook} {what}"
            if name not in walk.packet:
                raise UnknownFieldError(name, tuple(range(low, high + 1)))
            return int(walk.packet[name])
        return value if isinstance(value, int) else int(ip_address(value))
