"""Prefixes: inside the blocks of their zone, without overlaps, with supported lengths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from inventory.checks.draft import WHAT, DraftBlueprint
from inventory.model.addressing import Prefix, parent_of
from inventory.model.zones import ZoneId
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text, listed

IPV4_LENGTHS = range(16, 27)
IPV6_LENGTH = 64
OVERLAY_LENGTHS = range(8, 24)
"""Each system uses a /24 of the cloud's overlays; the first /24 is not used."""


class Claim(NamedTuple):
    """A prefix and its owner."""

    prefix: Prefix
    who: Text
    at: SourceLocation


def overlaps(d: DraftBlueprint) -> Iterator[Problem]:
    """BP012: overlapping segments, overlapping blocks, or a segment that overlaps the cloud's overlays."""
    b = d.blueprint
    claims = [Claim(s.ipv4, _of("segments", s.id), s.at("ipv4")) for s in b.segments]
    claims += [Claim(s.ipv6, _of("segments", s.id), s.at("ipv6")) for s in b.segments]
    if d.complete("overlays"):
        who = Text("政务云 overlays", "the cloud's overlays")
        claims.append(Claim(b.overlays, who, d.at("addresses", "overlays")))
    blocks = [Claim(block.prefix, _block(block.zone), block.at("prefix")) for block in b.blocks]
    yield from _overlaps(claims, _Free(d))
    yield from _overlaps(blocks, None)


def _of(part: str, name: str) -> Text:
    return Text(f"{WHAT[part].zh} {name}", f"{WHAT[part].en} {name}")


def _block(zone: ZoneId) -> Text:
    return Text(f"区域 {zone}", f"the block of zone {zone}")


def _overlaps(claims: list[Claim], free: _Free | None) -> Iterator[Problem]:
    """Prefixes are nested or disjoint, so one pass in sorted order finds all overlaps."""
    around: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.prefix.version, c.prefix.network_address, c.prefix.prefixlen)):
        while around and not parent_of(claim.prefix, [around[-1].prefix]):
            around.pop()
        if around:
            first, second = sorted((around[-1], claim), key=lambda item: item.at)
            values = {
                "who": second.who,
                "value": second.prefix,
                "other": first.who,
                "taken": first.prefix,
                "advice": NO_ADVICE if free is None else free.advice(second.prefix),
            }
            yield Problem("BP012", second.at, values, first.at)
        around.append(claim)


NO_ADVICE = Text("", "")


class _Free:
    """The first free prefix of the same length in the same block."""

    def __init__(self, d: DraftBlueprint) -> None:
        b = d.blueprint
        self.blocks = [block.prefix for block in b.blocks]
        self.taken: list[Prefix] = [prefix for segment in b.segments for prefix in segment.prefixes]
        self.taken += [b.overlays] if d.complete("overlays") else []
        self.first = cache(self._first)

    def advice(self, prefix: Prefix) -> Text:
        block = next((item for item in self.blocks if parent_of(prefix, [item])), None)
        free = None if block is None else self.first(block, prefix.prefixlen)
        return NO_ADVICE if free is None else Text(f"，例如 {free}", f", for example {free}")

    def _first(self, block: Prefix, length: int) -> Prefix | None:
        step = 1 << (block.max_prefixlen - length)
        start, end = _range(block)
        for low, high in sorted(_range(item) for item in self.taken if parent_of(item, [block])):
            if start + step - 1 < low:
                break
            start = max(start, (high // step + 1) * step)
        if start + step - 1 > end:
            return None
        return IPv4Network((start, length)) if isinstance(block, IPv4Network) else IPv6Network((start, length))


def _range(prefix: Prefix) -> tuple[int, int]:
    return int(prefix.network_address), int(prefix.broadcast_address)


def outside(d: DraftBlueprint) -> Iterator[Problem]:
    """BP013: a segment with a prefix outside the blocks of its zone."""
    for segment in d.blueprint.segments:
        blocks = [block.prefix for block in d.blueprint.blocks if block.zone == segment.zone]
        prefixes: list[tuple[str, Prefix]] = [("ipv4", segment.ipv4), ("ipv6", segment.ipv6)]
        for field, prefix in prefixes:
            if not parent_of(prefix, blocks):
                yield _outside(segment.at(field), _of("segments", segment.id), prefix, segment.zone, blocks)


def _outside(at: SourceLocation, who: Text, prefix: Prefix, zone: ZoneId, blocks: Iterable[Prefix]) -> Problem:
    expected = listed(block for block in blocks if block.version == prefix.version)
    return Problem("BP013", at, {"who": who, "value": prefix, "zone": zone, "expected": expected})


def overlays(d: DraftBlueprint) -> Iterator[Problem]:
    """BP013, BP028: the cloud's overlays are outside the extranet's blocks, or have an unsupported length."""
    who, at = Text("政务云 overlays", "the cloud's overlays"), d.at("addresses", "overlays")
    blocks = [block.prefix for block in d.blueprint.blocks if block.zone is ZoneId.EXTRANET]
    prefix = d.blueprint.overlays
    if not parent_of(prefix, blocks):
        yield _outside(at, who, prefix, ZoneId.EXTRANET, blocks)
    if prefix.prefixlen not in OVERLAY_LENGTHS:
        yield Problem("BP028", at, {"who": who, "value": prefix, "expected": _between(OVERLAY_LENGTHS)})


def lengths(d: DraftBlueprint) -> Iterator[Problem]:
    """BP028: a segment that is too small for gateways, probes and hosts, or too large for one network."""
    for segment in d.blueprint.segments:
        who = _of("segments", segment.id)
        if segment.ipv4.prefixlen not in IPV4_LENGTHS:
            values = {"who": who, "value": segment.ipv4, "expected": _between(IPV4_LENGTHS)}
            yield Problem("BP028", segment.at("ipv4"), values)
        if segment.ipv6.prefixlen != IPV6_LENGTH:
            expected = Text(f"长度 /{IPV6_LENGTH}", f"length /{IPV6_LENGTH}")
            yield Problem("BP028", segment.at("ipv6"), {"who": who, "value": segment.ipv6, "expected": expected})


def _between(lengths: range) -> Text:
    return Text(f"长度 /{lengths[0]} 至 /{lengths[-1]}", f"a length from /{lengths[0]} to /{lengths[-1]}")


SPECIAL = {
    ip_network(prefix): Text(zh, en)
    for prefix, zh, en in (
        ("0.0.0.0/8", "“本网络”地址", "this-network addresses"),
        ("127.0.0.0/8", "环回地址", "loopback addresses"),
        ("169.254.0.0/16", "链路本地地址", "link-local addresses"),
        ("224.0.0.0/3", "组播和保留地址", "multicast and reserved addresses"),
        ("::/8", "环回与内嵌 IPv4 地址", "loopback and embedded IPv4 addresses"),
        ("fe80::/10", "链路本地地址", "link-local addresses"),
        ("ff00::/8", "组播地址", "multicast addresses"),
    )
}
"""Addresses that cannot be used for a network (RFC 6890)."""


def special(d: DraftBlueprint) -> Iterator[Problem]:
    """BP039: a block with addresses that cannot be assigned to hosts."""
    for block in d.blueprint.blocks:
        for prefix, what in SPECIAL.items():
            if parent_of(block.prefix, [prefix]) or parent_of(prefix, [block.prefix]):
                values = {"zone": block.zone, "value": block.prefix, "what": what, "special": prefix}
                yield Problem("BP039", block.at("prefix"), values)
