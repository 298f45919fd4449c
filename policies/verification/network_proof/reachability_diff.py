"""What becomes reachable, and what no longer is, when new rules replace the present ones, as packets.

For every hook that decides for others (a gateway's forward, a host's input): is there a new packet that the later rules
pass and the earlier ones stop? Both rulesets are compared in the same classes of packets; each rule that
opens something gives one packet. Walked from its sender to its target over all hosts, it shows whether the whole way is
open, or only a part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from inventory.model.base import Named
from inventory.model.blueprint import Blueprint
from inventory.model.zones import Segment, SegmentKind
from policies.nftproof import fields
from policies.nftproof.boxes import RawBox
from policies.nftproof.clauses import Domain
from policies.nftproof.hooks import Hook
from policies.nftproof.intervals import single, spans, without
from policies.nftproof.listing import Ruleset, read
from policies.nftproof.space import Space
from policies.nftproof.values import number_text, text_number
from policies.nftproof.witness import packet_of
from policies.nftproof.wording import packet_line
from policies.verification.network_proof.expected_traffic import FAMILIES, NEIGHBOURS, NEW, TASKS, RuleFamily
from policies.verification.network_proof.foreign_tables import own
from policies.verification.network_proof.packet_paths import Walker
from policies.verification.network_proof.ruleset_diff import opened
from policies.verification.network_proof.topology import Address, Topology, TopologyNode, topology

HOOKS = ("input", "forward")
PORTS = {6: "tcp", 17: "udp"}
SHUT = json.dumps(
    {
        "nftables": [
            {"table": {"family": "inet", "name": "lantu", "handle": 1}},
            *(
                {
                    "chain": {
                        "family": "inet", "table": "lantu", "name": hook, "handle": at, "type": "filter", "hook": hook,
                        "prio": 0, "policy": "drop",
                    }
                }
                for at, hook in enumerate(("input", "forward", "output"))
            ),
        ]
    }
)  # fmt: skip
"""The rules of a host that does not exist yet: it passes nothing."""
SENTENCES = {
    ("opens", "zh"): "{source} 将可以访问 {target}：{service}（{families}）",
    ("opens", "en"): "{source} may reach {target} on {service} ({families})",
    ("ceases", "zh"): "{source} 将不能再访问 {target}：{service}（{families}）",
    ("ceases", "en"): "{source} may no longer reach {target} on {service} ({families})",
}
PART = {
    "zh": "，仅限 {at}：其余环节未变",
    "en": ", at {at} alone: the rest of the way is as before",
}
ANY = {"zh": "任何服务", "en": "any service"}
PUBLIC = {"zh": "公众", "en": "the public"}


@dataclass(frozen=True, slots=True)
class ReachabilityChange:
    """Who can reach whom with what. `whole`: over the whole path, not only at these hooks. Names are (zh, en)."""

    kind: str
    source: tuple[str, str]
    target: tuple[str, str]
    service: str
    families: tuple[str, ...]
    whole: bool
    at: tuple[str, ...]
    packet: str

    def text(self, lang: str) -> str:
        """The sentence for people."""
        number, joint = (0, "、") if lang == "zh" else (1, " and ")
        values = {"source": self.source[number], "target": self.target[number], "families": joint.join(self.families)}
        sentence = SENTENCES[self.kind, lang].format(service=self.service or ANY[lang], **values)
        return sentence if self.whole else sentence + PART[lang].format(at=", ".join(self.at))

    def as_json(self) -> dict[str, Any]:
        return {
            "zh": self.text("zh"),
            "en": self.text("en"),
            "service": self.service,
            "families": list(self.families),
            "whole": self.whole,
            "at": list(self.at),
            "packet": self.packet,
        }


def difference(
    blueprint: Blueprint, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[ReachabilityChange, ...]:
    """What the `after` listings pass and `before` did not, and the reverse. Host -> nft's JSON."""
    world = topology(blueprint)
    names = dict.fromkeys([*before, *after])
    old, new = ({host: own(read(listed.get(host, SHUT))) for host in names} for listed in (before, after))
    opened = _Opened(world, old, new)
    ceased = _Opened(world, new, old)
    return (*_grouped("opens", opened), *_grouped("ceases", ceased))


def _grouped(kind: str, side: _Opened) -> Iterator[ReachabilityChange]:
    """One change for each source, target and service, for both families and all hooks on the path."""
    groups: dict[tuple[Any, ...], list[ReachabilityChange]] = {}
    for change in side.changes(kind):
        groups.setdefault((change.source, change.target, change.service), []).append(change)
    for same in groups.values():
        families = tuple(sorted({family for item in same for family in item.families}))
        locations_ = tuple(dict.fromkeys(at for item in same for at in item.at))
        first = next((item for item in same if item.whole), same[0])
        yield replace(first, families=families, at=locations_)


class _Opened:
    """What `new` passes and `old` does not."""

    def __init__(self, world: Topology, old: Mapping[str, Ruleset], new: Mapping[str, Ruleset]) -> None:
        self.world, self.old, self.new = world, old, new
        self._before, self._after = Walker(world, old), Walker(world, new)
        self._segments = list(_segments(world))

    def changes(self, kind: str) -> Iterator[ReachabilityChange]:
        for host, ruleset in self.new.items():
            for name in HOOKS:
                about = self._about(host, name)
                questions = [*(box for boxes in about for box in boxes), *self._segments, NEIGHBOURS]
                for hook_space, domain in opened(ruleset, self.old[host], Hook("ip", name), about, questions):
                    if not _within(hook_space, domain, NEIGHBOURS):
                        yield _FoundChange(self, kind, host, name, hook_space, domain).change()

    def _about(self, host: str, hook: str) -> list[list[RawBox]]:
        """New packets of others: in the input hook, to the host's own addresses."""
        here: RawBox = {"ct state": NEW, "iif": without(fields.IIF.domain, single(text_number("lo")))}
        if hook == "forward":
            return [[here]]
        blueprint, node = self.world.blueprint, self.world.nodes.get(f"host:{host}")
        interfaces = node.interfaces.items() if node else ()
        return [
            [
                {**here, **box, "iif": single(text_number(interface))}
                for box in _to(family, own_, blueprint.segment[interface])
            ]
            for interface, own_ in interfaces
            for family in FAMILIES
        ]

    def walked(self, sender: TopologyNode, target: Address, sent: Mapping[str, int]) -> bool:
        """Whether the packet arrives now and did not before."""
        return [item.walk(sender, target, sent).arrived for item in (self._before, self._after)] == [False, True]


@dataclass(slots=True)
class _FoundChange:
    """One set of packets as a change with names."""

    side: _Opened
    kind: str
    host: str
    hook: str
    hook_space: Space
    domain: Domain

    def change(self) -> ReachabilityChange:
        packet = packet_of(self.hook_space, self.domain)
        family = next(item for item in FAMILIES if item.l3 == packet["l3"])
        port = packet.get("dport", 0) if self.hook_space.index.get("dport", -1) in self.domain else 0
        sender, source = self._sender(family, packet)
        target, called = self._target(family, packet, port)
        sent = {name: value for name, value in packet.items() if name not in ("iif", "oif")}
        sent |= {family.source: int(source), family.target: int(target)}
        return ReachabilityChange(
            self.kind,
            self._named(sender),
            called,
            _service(self.hook_space, self.domain, packet, port),
            (f"IPv{family.version}",),
            self.side.walked(sender, target, sent),
            (f"{self.host} {self.hook}",),
            packet_line({**packet, **sent}),
        )

    def _sender(self, family: RuleFamily, packet: Mapping[str, int]) -> tuple[TopologyNode, Address]:
        """The sender and its address: the owner of the address, else the segment that the packet comes from."""
        world = self.side.world
        source = _address(family, packet.get(family.source, 0))
        segment, link = world.segment_of(source), world.blueprint.segment.get(number_text(packet.get("iif", 0)))
        node = world.nodes.get(f"host:{self.host}")
        through = self.hook == "forward" and node is not None and node.gateway
        if link is not None and (through or self._whole(family.source, link, family)):
            segment = link
        if segment is None:
            segment = _edge(world.blueprint) or world.blueprint.segments[0]
        anybody = world.nodes[f"segment:{segment.id}"]
        if self._whole(family.source, segment, family):
            return anybody, _of(anybody, segment, family)
        bearer = world.bearer(segment.id, source)
        return (bearer if bearer and not bearer.gateway else anybody), source

    def _target(self, family: RuleFamily, packet: Mapping[str, int], port: int) -> tuple[Address, tuple[str, str]]:
        world = self.side.world
        target = _address(family, packet.get(family.target, 0))
        host = world.nodes.get(f"host:{self.host}")
        if host and number_text(packet.get("oif", 0)) == TASKS:
            return target, self._served(host, port)
        segment = world.segment_of(target)
        if segment is None:
            return target, (str(target), str(target))
        if self._whole(family.target, segment, family):
            anybody = world.nodes[f"segment:{segment.id}"]
            return _of(anybody, segment, family), self._named(anybody)
        bearer = world.bearer(segment.id, target)
        return target, self._served(bearer, port) if bearer else (str(target), str(target))

    def _whole(self, field: str, segment: Segment, family: RuleFamily) -> bool:
        """Whether the packets come from, or go to, every address of a segment."""
        number = self.hook_space.index[field]
        held = dict(self.hook_space.box(_in_segment(field, segment, family)) or ()).get(number, 0)
        return bool(held) and self._own(number, held & ~self.domain.get(number, self.hook_space.full[number]), family)

    def _own(self, number: int, classes: int, family: RuleFamily) -> bool:
        """Whether these classes contain only the host's own addresses, from which no one else sends."""
        node = self.side.world.nodes.get(f"host:{self.host}")
        interfaces = node.interfaces.values() if node else ()
        mine = {int(address) for interface in interfaces for address in interface if address.version == family.version}
        samples = self.hook_space.parts[number].samples
        missing = (pair for bit in range(classes.bit_length()) if classes >> bit & 1 for pair in samples[bit])
        return all(low == high and low in mine for low, high in missing)

    def _served(self, node: TopologyNode, port: int) -> tuple[str, str]:
        """The system that answers on the port there, else the host itself."""
        for system in self.side.world.blueprint.systems:
            if system.deployment and system.deployment.port == port and node.id in system.deployed_at:
                return system.name_zh, system.name_en
        return self._named(node)

    def _named(self, node: TopologyNode) -> tuple[str, str]:
        blueprint = self.side.world.blueprint
        edge = _edge(blueprint)
        if edge and edge.id in node.interfaces and not node.gateway:
            return PUBLIC["zh"], PUBLIC["en"]
        named: dict[str, Mapping[str, Named]] = {"host": blueprint.host, "vantage": blueprint.vantage}
        item = named.get(node.kind, blueprint.segment)[node.id]
        return item.name_zh, item.name_en


def _edge(blueprint: Blueprint) -> Segment | None:
    return next((segment for segment in blueprint.segments if segment.kind is SegmentKind.INTERNET_ACCESS), None)


def _segments(world: Topology) -> Iterator[RawBox]:
    """Each segment's addresses as boxes, so that a whole segment can be distinguished from one of its hosts."""
    for segment in world.blueprint.segments:
        for family in FAMILIES:
            for field in (family.source, family.target):
                yield _in_segment(field, segment, family)


def _in_segment(field: str, segment: Segment, family: RuleFamily) -> RawBox:
    prefix = segment.ipv4 if family.version == 4 else segment.ipv6
    return {"l3": single(family.l3), field: ((int(prefix.network_address), int(prefix.broadcast_address)),)}


def _to(family: RuleFamily, addresses: Sequence[Address], segment: Segment) -> Iterator[RawBox]:
    """Packets of others to these addresses: first those of neighbours, which are the most informative."""
    numbers = spans((int(address), int(address)) for address in addresses if address.version == family.version)
    near = _in_segment(family.source, segment, family)[family.source]
    for sources in (near, fields.BASE_FIELDS[family.source].domain) if numbers else ():
        yield {"l3": single(family.l3), family.target: numbers, family.source: without(sources, numbers)}


def _of(node: TopologyNode, segment: Segment, family: RuleFamily) -> Address:
    return next(interface for interface in node.interfaces[segment.id] if interface.version == family.version)


def _address(family: RuleFamily, value: int) -> Address:
    return IPv4Address(value) if family.version == 4 else IPv6Address(value)


def _within(hook_space: Space, domain: Domain, raw: RawBox) -> bool:
    """Whether all packets of the domain lie in the box."""
    box = hook_space.box(raw)
    return box is not None and all(domain.get(name, hook_space.full[name]) & ~classes == 0 for name, classes in box)


def _service(hook_space: Space, domain: Domain, packet: Mapping[str, int], port: int) -> str:
    """`tcp/443`, `tcp`, `icmp`; empty for any."""
    if domain.get(hook_space.index.get("l4proto", -1), 0).bit_count() != 1:
        return ""
    number = packet.get("l4proto", 0)
    name = PORTS.get(number, "icmp" if number in (1, 58) else f"protocol {number}")
    return f"{name}/{port}" if port and number in PORTS else name
