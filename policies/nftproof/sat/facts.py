"""Facts about every packet as formulas over bits; `axioms` has the same for boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.nftproof.axioms import EXTENSIONS
from policies.nftproof.fields import IPV6
from policies.nftproof.hooks import IP
from policies.nftproof.intervals import single
from policies.nftproof.sat.bits import Bits, BitWord
from policies.nftproof.sat.gates import Gates


def facts(gates: Gates, bits: Bits, packet: Mapping[str, BitWord]) -> Iterator[int]:
    """Formulas that hold for these fields."""
    yield from _tracked(gates, bits, packet)
    yield from _told_twice(gates, bits, packet)


def _tracked(gates: Gates, bits: Bits, packet: Mapping[str, BitWord]) -> Iterator[int]:
    """Packets of a connection, and no others, have its fields; a new packet's direction is original."""
    for root, word in packet.items():
        kind = root.removesuffix(" before tracking")
        state = packet.get(root.replace(kind, "ct state"))
        if kind in ("ct direction", "ct mark", "ct status") and state is not None:
            has = gates.any_of(bits.among(state, single(bit)) for bit in (2, 4, 8))
            yield gates.choice(word.absent, -has, has)
            if kind == "ct direction":
                yield gates.any_of([-bits.among(state, single(8)), bits.among(word, single(0))])


def _told_twice(gates: Gates, bits: Bits, packet: Mapping[str, BitWord]) -> Iterator[int]:
    """Without extension headers, both places name the same protocol; only IP has a transport protocol."""
    if {"ip6 nexthdr", "l4proto", "l3"} <= packet.keys():
        next_header = packet["ip6 nexthdr"]
        other = [-bits.among(packet["l3"], single(IPV6)), bits.among(next_header, EXTENSIONS)]
        yield gates.any_of([*other, bits.same(next_header, packet["l4proto"])])
    if {"l4proto", "l3"} <= packet.keys():
        yield gates.any_of([bits.among(packet["l3"], IP), packet["l4proto"].absent])
