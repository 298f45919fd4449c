"""The proof's facts about every packet, compared with the test packets, whose values are the kernel's."""

from __future__ import annotations

from policies.nftproof.axioms import Axiom, axioms
from policies.nftproof.boxes import Boxer, RawBox
from policies.nftproof.fields import BASE_FIELDS
from policies.nftproof.intervals import contains, single
from tests.nftproof.packets import ESTABLISHED, packets, rare_packets

FIELDS = ("l3", "l4proto", "ip6 nexthdr", "ct state", "ct mark", "ct direction")


def _within(box: RawBox, values: dict[str, int]) -> bool:
    return all(contains(spans, values.get(name, BASE_FIELDS[name].domain[0][0])) for name, spans in box.items())


def _denies(axiom: Axiom, values: dict[str, int]) -> bool:
    """Whether there is no such packet, if the axiom is true."""
    inside = any(_within(box, values) for box in axiom.boxes) and not any(_within(box, values) for box in axiom.guards)
    return inside and (axiom.same is None or values.get(axiom.same[0], 0) != values.get(axiom.same[1], 0))


def _axioms() -> list[Axiom]:
    boxer = Boxer()
    for name in FIELDS:
        boxer.now(name, BASE_FIELDS[name])
    return axioms(boxer)


def test_no_packet_is_one_that_an_axiom_denies() -> None:
    sent = [*packets(0, 300, ("through", "in", "out")), *rare_packets(1, 300, ("through", "in", "out"))]
    values = [values for item in sent for values in (item.fields(item.first_state), item.fields(ESTABLISHED, True))]
    assert [value for value in values if any(_denies(axiom, value) for axiom in _axioms())] == []


def test_an_axiom_denies_what_it_says() -> None:
    """The positive control: an ARP packet with a transport protocol, and two headers that name different protocols."""
    for values in ({"l3": 0x0806, "l4proto": 6}, {"l3": 0x86DD, "l4proto": 6, "ip6 nexthdr": 17}):
        assert any(_denies(axiom, values) for axiom in _axioms())
    wrong = Axiom(frozenset(["l3"]), ({"l3": single(0x0800)},))
    assert any(_denies(wrong, item.fields(item.first_state)) for item in packets(0, 20))
