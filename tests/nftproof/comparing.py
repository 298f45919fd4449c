"""Compares the kernel and the model on one ruleset and its packets, and reduces a difference to a small case."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from tests.nftproof.following import follow
from tests.nftproof.guessing import TooManyError
from tests.nftproof.model import Ends, RulesetModel, TrackedPacket
from tests.nftproof.namespaces import PacketLab
from tests.nftproof.packets import ESTABLISHED, ICMP, ICMPV6, TestPacket, alone
from tests.nftproof.rulesets import Json
from tests.nftproof.sending import Arrival, Box, arrivals, number_in
from tests.nftproof.shrinking import shrunk

__all__ = [
    "Box", "Comparison", "RulesetModel", "VerdictDifference", "compare", "follow", "number_in", "replacing", "smallest",
]  # fmt: skip


@dataclass(slots=True)
class VerdictDifference:
    """A packet that the kernel and a model treat differently."""

    packet: TestPacket
    kernel: bool
    model: str  # which one, and its verdict


@dataclass(slots=True)
class Comparison:
    """`sent` counts packets, `passed` those the kernel let through.

    `exact`: of those sent, how many could only do one thing by the model; `given_up`: had too many ways to follow.
    """

    sent: int = 0
    passed: int = 0
    exact: int = 0
    given_up: int = 0
    differences: list[VerdictDifference] = field(default_factory=list)
    refused: str = ""  # nft's message if it rejected the ruleset


def compare(lab: PacketLab, box: Box, document: Json, batch: Sequence[TestPacket]) -> Comparison:
    """Load the ruleset, send the packets (and answers, if states are tested), compare every verdict."""
    result = Comparison()
    result.refused = lab.load(replacing(document))
    if result.refused:
        return result
    model = RulesetModel(lab.listed())
    lab.forget_connections()
    if model.nat:
        batch = [item for item in batch if not alone(item)]  # two of them cannot be distinguished after translation
    ends = Counter((item.saddr, item.daddr, item.proto, item.sport, item.dport) for item in batch)
    twice = {item: ends[item.saddr, item.daddr, item.proto, item.sport, item.dport] > 1 for item in batch}
    _round(lab, box, model, [TrackedPacket(item, item.first_state, twice=twice[item]) for item in batch], result)
    return result


def _round(lab: PacketLab, box: Box, model: RulesetModel, batch: Sequence[TrackedPacket], result: Comparison) -> None:
    """Send one packet of every connection, and then the next one if its state is known."""
    if not batch:
        return
    arrived = arrivals(lab, box, [tracked.packet for tracked in batch])
    result.sent += len(batch)
    result.passed += len(arrived)
    onward = []
    for tracked in batch:
        passed = tracked.packet.number in arrived
        try:
            allowed = model.allowed(tracked)
        except TooManyError:
            result.given_up += 1
            continue
        result.exact += all(item.exact for item in allowed.values())
        for name, one in allowed.items():
            if not one.allows(passed):
                result.differences.append(VerdictDifference(tracked.packet, passed, f"{name}: {one.stops or 'accept'}"))
        if passed and not model.untracks and not tracked.twice:
            marks = tuple(sorted(allowed["interpreter"].marks)) or (0,)
            onward += _following(model, tracked, arrived[tracked.packet.number], marks)
    _round(lab, box, model, onward, result)


def _following(
    model: RulesetModel, tracked: TrackedPacket, arrival: Arrival, marks: tuple[int, ...]
) -> list[TrackedPacket]:
    """The answer to a connection's first packet; after that, the first side's next packet."""
    first = tracked.first or tracked.packet
    if tracked.age == 0 and first.answered and first.way == "through" and arrival.interface:
        seen = seen_as(first, arrival.data)
        back = replace(seen.answer(arrival.interface), way="through")
        return [TrackedPacket(back, ESTABLISHED, 1, first, _ends(first.answer("")), marks, seen=seen)]
    if tracked.age == 1 and tracked.seen and not model.lost_early:
        return [TrackedPacket(first.again(), ESTABLISHED, 2, first, _ends(tracked.seen), marks)]
    return []


def _ends(packet: TestPacket) -> Ends:
    """A later packet's translated fields: its target before routing, its source after it."""
    family = "ip6" if packet.six else "ip"
    arrived = {"prerouting": "d", "postrouting": "s"}
    ends: dict[str, dict[str, int]] = {}
    for hook, end in arrived.items():
        ends[hook] = {f"{family} {end}addr": int(ip_address(getattr(packet, f"{end}addr")))}
        if packet.proto not in (ICMP, ICMPV6):
            ends[hook][f"{end}port"] = getattr(packet, f"{end}port")
    return ends


def seen_as(packet: TestPacket, data: bytes) -> TestPacket:
    """The packet with its addresses and ports outside the box."""
    at, size = (8, 16) if packet.six else (12, 4)
    saddr, daddr = (str(ip_address(data[at + size * n : at + size * (n + 1)])) for n in (0, 1))
    packet = replace(packet, saddr=saddr, daddr=daddr)
    start = len(packet.bytes()) - len(packet.transport)
    ports = struct.unpack_from("!HH", data, start)
    if packet.proto in (ICMP, ICMPV6):
        return replace(packet, sport=struct.unpack_from("!H", data, start + 4)[0])
    return replace(packet, sport=ports[0], dport=ports[1])


def smallest(lab: PacketLab, box: Box, document: Json, batch: Sequence[TestPacket]) -> tuple[Json, VerdictDifference]:
    """The ruleset's difference on these packets, with the ruleset and packets reduced as far as it persists."""
    difference = compare(lab, box, document, batch).differences[0]
    first = difference.packet.number // 4 * 4  # of its connection
    alone = [packet for packet in batch if packet.number == first]
    packets = alone if compare(lab, box, document, alone).differences else batch
    document = shrunk(document, lambda smaller: bool(compare(lab, box, smaller, packets).differences))
    return document, compare(lab, box, document, packets).differences[0]


def replacing(document: Json) -> Json:
    """The same ruleset, replacing all tables that the generators create."""
    added = [{"add": item} for item in document["nftables"]]
    if words := document.get("words"):
        gone = "".join(f"add table {family} {name}; delete table {family} {name}\n" for family, name in TABLES)
        return {"words": gone + words, "nftables": added}
    tables = [{"family": family, "name": name} for family, name in TABLES]
    return {"nftables": [*({verb: {"table": table}} for table in tables for verb in ("add", "delete")), *added]}


TABLES = (("inet", "t"), ("ip", "u"), ("ip6", "u"))
"""All tables that the generators create."""
