"""Conditions that count: each passes a number of packets and no more; the model allows both verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from policies.nftproof.hooks import Hook
from tests.nftproof import model
from tests.nftproof.model import RulesetModel, TrackedPacket
from tests.nftproof.namespaces import PacketLab, lab
from tests.nftproof.packets import NEW, ROUTES, UDP, TestPacket
from tests.nftproof.sending import Box, arrivals

FIRST = TestPacket(0, "through", "lan0", "10.0.0.1", "10.1.0.1", UDP, 20_000, 53)  # of 37 bytes
SENT = [replace(FIRST, number=n, sport=FIRST.sport + n, saddr=f"10.0.0.{1 + n % 3}") for n in range(9)]
"""Nine connections, three from each of three addresses."""
OBJECTS = """
limit l1 { rate 1/day burst 2 packets
}
quota q1 { over 100 bytes
}
set filled { type ipv4_addr; size 100; flags dynamic; }
set small { type ipv4_addr; size 1; flags dynamic; }
set timed { type ipv4_addr; size 100; flags dynamic,timeout; timeout 1h; }
"""
ALLOWED = {
    "a rate": ("limit rate 1/day burst 2 packets accept", 2),
    "over a rate": ("limit rate over 1/day burst 2 packets drop; accept", 2),
    "a rate of bytes": ("limit rate 10 bytes/day burst 100 bytes accept", 2),
    "a rate with a name, for two rules": ("ip saddr 10.0.0.1 limit name l1 accept; limit name l1 accept", 2),
    "a quota": ("quota 100 bytes accept", 2),
    "over a quota": ("quota over 100 bytes drop; accept", 2),
    "a quota with a name": ("quota name q1 drop; accept", 2),
    "connections": ("ct count 2 accept", 2),
    "over so many connections": ("ct count over 2 drop; accept", 2),
    "a full set": ("add @small { ip saddr } accept", 3),
    "a set that packets fill": ("ip saddr @filled drop; add @filled { ip saddr } accept", 3),
    "a set that packets fill for a time": ("ip saddr @timed drop; update @timed { ip saddr timeout 1h } accept", 3),
    "a set that is emptied": ("add @filled { ip saddr }; delete @filled { ip saddr }; ip saddr != @filled accept", 9),
    "a rate for each address": ("add @filled { ip saddr limit rate 1/day burst 2 packets } accept", 6),
    "a meter": ("meter m size 100 { ip saddr limit rate 1/day burst 2 packets } accept", 6),
    "every other packet": ("numgen inc mod 2 0 accept", 5),
    "a rate at each call": ("jump twice; jump twice; meta mark 1 accept", 8),
}
TWICE = "chain twice { limit rate over 1/day burst 3 packets meta mark set 1\n}"


@pytest.fixture(scope="module")
def wires() -> Iterator[tuple[PacketLab, Box]]:
    with lab(ROUTES) as made:
        yield made, Box(made)


@pytest.mark.parametrize("what", ALLOWED)
def test_so_many_pass(what: str, wires: tuple[PacketLab, Box]) -> None:
    passing = ALLOWED[what][1]
    listed, found = _sent(what, *wires)
    assert len(found) == passing
    for packet in SENT:
        for name, allowed in RulesetModel(listed).allowed(TrackedPacket(packet, NEW)).items():
            assert allowed.allows(packet.number in found), f"{name} does not allow what the kernel does"
            assert allowed.passes and (allowed.stops or passing == len(SENT)), f"{name} is sure of a chance"


def test_a_model_that_knows_how_a_chance_falls_is_wrong(
    wires: tuple[PacketLab, Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the kernel contradicts a rate that always or never matches."""
    listed, found = _sent("a rate", *wires)
    for answer in (0, -1):
        one = {hook: {name: [values[answer]] for name, values in known.items()} for hook, known in _samples(listed)}
        monkeypatch.setattr(model, "samples", lambda space, one=one: one[space.program.hook])
        allowed = [
            (RulesetModel(listed).allowed(TrackedPacket(packet, NEW)), packet.number in found) for packet in SENT
        ]
        assert not all(each.allows(passed) for both, passed in allowed for each in both.values())


def _samples(listed: str) -> list[tuple[Hook, dict[str, list[int]]]]:
    return list(RulesetModel(listed).samples.items())


def _sent(what: str, made: PacketLab, box: Box) -> tuple[str, set[int]]:
    """The rules as listed, and the numbers of the packets that passed."""
    rules = ALLOWED[what][0]
    chain = "chain c { type filter hook forward priority 0; policy drop;\n" + rules.replace("; ", "\n") + "\n}"
    text = f"add table inet t; delete table inet t\ntable inet t {{{OBJECTS}{TWICE}\n{chain}\n}}"
    made.box.must("nft", "-f", "-", text=text)
    made.forget_connections()
    return made.listed(), set(arrivals(made, box, SENT))
