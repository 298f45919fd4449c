"""What the proof takes to be true of every packet, held against frames that were really sent."""

from __future__ import annotations

from policies.nftproof.axioms import Axiom, axioms
from policies.nftproof.boxes import Boxer, RawBox
from policies.nftproof.fields import BASE_FIELDS
from policies.nftproof.intervals import contains, single
from tests.nftproof.layers.frames import frames, queries
from tests.nftproof.layers.paths import paths, seen

ABOUT = ("l3", "l4proto", "ether type", "ip6 nexthdr", "ct state", "ct mark", "ct direction")


def _within(box: RawBox, values: dict[str, int]) -> bool:
    return all(contains(wanted, values.get(name, BASE_FIELDS[name].domain[0][0])) for name, wanted in box.items())


def _denies(axiom: Axiom, values: dict[str, int]) -> bool:
    """Whether there is no such packet, if the axiom is true."""
    inside = any(_within(box, values) for box in axiom.boxes) and not any(_within(box, values) for box in axiom.guards)
    return inside and (axiom.same is None or values.get(axiom.same[0], 0) != values.get(axiom.same[1], 0))


def _known() -> list[Axiom]:
    boxer = Boxer()
    for name in ABOUT:
        boxer.now(name, BASE_FIELDS[name])
    return axioms(boxer)


def test_no_frame_is_one_that_an_axiom_denies() -> None:
    """Their values are the kernel's: with them the model says what it does (`test_layers`)."""
    known, denied = _known(), []
    for frame in [*frames(0, 500), *queries(0, 100)]:
        for stop in (stop for way in paths(frame).values() for stop in way):
            values = seen(frame, stop)
            denied += [(axiom.about, frame, stop) for axiom in known if _denies(axiom, values)]
    assert denied == []


def test_an_axiom_denies_what_it_says() -> None:
    """The positive control: an ARP frame with a transport protocol, and one that names two protocols."""
    for values in ({"l3": 0x0806, "l4proto": 6, "ether type": 0x0806}, {"l3": 0x0800, "ether type": 0x0806}):
        assert any(_denies(axiom, values) for axiom in _known())
    wrong = Axiom(frozenset(["l3"]), ({"l3": single(4)},))
    assert any(_denies(wrong, seen(frame, way[0])) for frame in frames(0, 200) for way in paths(frame).values())
