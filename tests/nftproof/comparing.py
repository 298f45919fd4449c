"""One ruleset and its packets, by the kernel and by the model: where do they differ, and on how little?"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from tests.nftproof.following import follow
from tests.nftproof.guessing import TooManyError
from tests.nftproof.model import Ends, RulesetModel, Told
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
    model: str  # which one, and what it says


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
    refused: str = ""  # nft's words, where it did not take the ruleset


def compare(lab: PacketLab, box: Box, document: Json, batch: Sequence[TestPacket]) -> Comparison:
    """Loads the ruleset, sends the packets (and answers, where states are tested), compares every verdict."""
    result = Comparison()
    result.refused = lab.load(replacing(document))
    if result.refused:
        return result
    model = RulesetModel(lab.listed())
    lab.forget_connections()
    if model.nat:
        batch = [item for item in batch if not alone(item)]  # two of them cannot be told apart once they are translated
    ends = Counter((item.saddr, item.daddr, item.proto, item.sport, item.dport) for item in batch)
    twice = {item: ends[item.saddr, item.daddr, item.proto, item.sport, item.dport] > 1 for item in batch}
    _round(lab, box, model, [Told(item, item.first_state, twice=twice[item]) for item in batch], result)
    return result


def _round(lab: PacketLab, box: Box, model: RulesetModel, batch: Sequence[Told], result: Comparison) -> None:
    """One packet of every connection, and then the next one where it can be said what that one's state is."""
    if not batch:
        return
    found = arrivals(lab, box, [told.packet for told in batch])
    result.sent += len(batch)
    result.passed += len(found)
    onward = []
    for told in batch:
        passed = told.packet.number in found
        try:
            allowed = model.allowed(told)
        except TooManyError:
            result.given_up += 1
            continue
        result.exact += all(item.exact for item in allowed.values())
        for name, one in allowed.items():
            if not one.allows(passed):
                result.differences.append(VerdictDifference(told.packet, passed, f"{name}: {one.stops or 'accept'}"))
        if passed and not model.untracks and not told.twice:
            marks = tuple(sorted(allowed["interpreter"].marks)) or (0,)
            onward += _following(model, told, found[told.packet.number], marks)
    _round(lab, box, model, onward, result)


def _following(model: RulesetModel, told: Told, arrival: Arrival, marks: tuple[int, ...]) -> list[Told]:
    """The answer to a connection's first packet; after that what the first side sends then."""
    first = told.first or told.packet
    if told.age == 0 and first.answered and first.way == "through" and arrival.leg:
        seen = seen_as(first, arrival.data)
        back = replace(seen.answer(arrival.leg), way="through")
        return [Told(back, ESTABLISHED, 1, first, _ends(first.answer("")), marks, seen)]
    if told.age == 1 and told.seen and not model.lost_early:
        return [Told(first.again(), ESTABLISHED, 2, first, _ends(told.seen), marks)]
    return []


def _ends(packet: TestPacket) -> Ends:
    """What translation makes of a later packet: of its target before it is routed, of its source at the end."""
    family = "ip6" if packet.six else "ip"
    found = {"prerouting": "d", "postrouting": "s"}
    ends: dict[str, dict[str, int]] = {}
    for hook, end in found.items():
        ends[hook] = {f"{family} {end}addr": int(ip_address(getattr(packet, f"{end}addr")))}
        if packet.proto not in (ICMP, ICMPV6):
            ends[hook][f"{end}port"] = getattr(packet, f"{end}port")
    return ends


def seen_as(packet: TestPacket, data: bytes) -> TestPacket:
    """The packet with the addresses and ports that it has outside."""
    at, size = (8, 16) if packet.six else (12, 4)
    saddr, daddr = (str(ip_address(data[at + size * n : at + size * (n + 1)])) for n in (0, 1))
    packet = replace(packet, saddr=saddr, daddr=daddr)
    start = len(packet.bytes()) - len(packet.transport)
    ports = struct.unpack_from("!HH", data, start)
    if packet.proto in (ICMP, ICMPV6):
        return replace(packet, sport=struct.unpack_from("!H", data, start + 4)[0])
    return replace(packet, sport=ports[0], dport=ports[1])


def smallest(lab: PacketLab, box: Box, document: Json, batch: Sequence[TestPacket]) -> tuple[Json, VerdictDifference]:
    """The difference that this ruleset shows on these packets, on as little of both as still shows it."""
    difference = compare(lab, box, document, batch).differences[0]
    first = difference.packet.number // 4 * 4  # of its connection
    alone = [packet for packet in batch if packet.number == first]
    packets = alone if compare(lab, box, document, alone).differences else batch
    document = shrunk(document, lambda smaller: bool(compare(lab, box, smaller, packets).differences))
    return document, compare(lab, box, document, packets).differences[0]


def replacing(document: Json) -> Json:
    """The same ruleset in place of whatever tables the maker of rulesets may have left."""
    added = [{"add": item} for item in document["nftables"]]
    if words := document.get("words"):
        gone = "".join(f"add table {family} {name}; delete table {family} {name}\n" for family, name in TABLES)
        return {"words": gone + words, "nftables": added}
    tables = [{"family": family, "name": name} for family, name in TABLES]
    return {"nftables": [*({verb: {"table": table}} for table in tables for verb in ("add", "delete")), *added]}


TABLES = (("inet", "t"), ("ip", "u"), ("ip6", "u"))
"""All that the makers of rulesets make."""
