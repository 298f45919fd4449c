"""Facts about every packet, independent of the rules: combinations of values that the kernel never shows to a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from policies.nftproof.boxes import Boxer, RawBox
from policies.nftproof.fields import ABSENT, IPV6, L3, L4
from policies.nftproof.hooks import IP
from policies.nftproof.intervals import Spans, single, spans, without

EXTENSIONS = ((0, 0), (43, 44), (51, 51), (60, 60), (135, 135), (139, 140))
"""Next headers that are followed by further headers before the transport protocol."""
TRACKED = ("ct direction", "ct mark", "ct status")
UNTRACKED: Spans = ((1, 1), (64, 64))  # invalid, untracked
OF_A_CONNECTION: Spans = ((2, 2), (4, 4), (8, 8))
NEW: Spans = single(8)


@dataclass(frozen=True, slots=True)
class Axiom:
    """No packet lies in one of `boxes` unless in one of `guards`; or, within them, two fields are the `same`.

    It matters only to questions about all the fields in `about`. The hook itself is one about `l3`.
    """

    about: frozenset[str]
    boxes: tuple[RawBox, ...]
    guards: tuple[RawBox, ...] = ()
    same: tuple[str, str] | None = None


def axioms(boxer: Boxer) -> list[Axiom]:
    """Axioms about the fields that this hook's rules test."""
    return [*_members(boxer), *_connections(boxer), *_twice_told(boxer), *_carried(boxer), *_cut(boxer)]


def _members(boxer: Boxer) -> Iterator[Axiom]:
    """A defined field is 1 exactly within its boxes."""
    for name, boxes in boxer.members.items():
        about = frozenset([name])
        yield Axiom(about, tuple({**box, name: single(0)} for box in boxes))
        yield Axiom(about, ({name: single(1)},), tuple(boxes))


def _connections(boxer: Boxer) -> Iterator[Axiom]:
    """Invalid and untracked packets have no connection, all others have one; a new packet's direction is original."""
    for name, root in boxer.roots.items():
        prefix = next((item for item in TRACKED if root.startswith(item)), None)
        state = "ct state" + (" before tracking" if "before tracking" in root else "")
        if prefix is None or name != root or state not in boxer.fields:
            continue
        domain = boxer.fields[name].domain
        boxes: list[RawBox] = [{state: OF_A_CONNECTION, name: single(ABSENT)}]
        boxes.append({state: UNTRACKED, name: without(domain, single(ABSENT))})
        if prefix == "ct direction":
            boxes.append({state: NEW, name: single(1)})
        yield Axiom(frozenset([state, name]), tuple(boxes))


def _twice_told(boxer: Boxer) -> Iterator[Axiom]:
    """Two headers that name the same protocol agree, unless extension headers lie between."""
    names = ("ip6 nexthdr", "l4proto")
    if {*names, "l3"} <= boxer.fields.keys():
        last_header = without(boxer.fields["ip6 nexthdr"].values, spans(EXTENSIONS))
        yield Axiom(frozenset(names), ({"l3": single(IPV6), "ip6 nexthdr": last_header},), same=names)


def _carried(boxer: Boxer) -> Iterator[Axiom]:
    """Only IP carries a transport protocol that the kernel knows of."""
    if {"l3", "l4proto"} <= boxer.fields.keys():
        yield Axiom(frozenset(["l4proto"]), ({"l3": without(L3.domain, IP), "l4proto": L4.values},))


def _cut(boxer: Boxer) -> Iterator[Axiom]:
    """The pieces of a field are present together or not at all."""
    for whole, pieces in boxer.pieces.items():
        for when in ("", " before tracking"):
            names = [f"{whole}[{high}:{low}]{when}" for high, low in pieces]
            for left, right in pairwise(name for name in names if name in boxer.fields):
                left_field, right_field = boxer.fields[left], boxer.fields[right]
                if left_field.values != left_field.domain:
                    boxes = (
                        {left: single(ABSENT), right: right_field.values},
                        {left: left_field.values, right: single(ABSENT)},
                    )
                    yield Axiom(frozenset([left, right]), boxes)
