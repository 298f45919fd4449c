"""Packets from the solver's domains: one concrete packet for each, with recognisable values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.nftproof.clauses import Domain
from policies.nftproof.fields import ABSENT, NAME_BYTES, Form
from policies.nftproof.solver import Solver
from policies.nftproof.space import Space
from policies.nftproof.values import text_number

Packet = Mapping[str, int]
"""Field name -> value."""
NAMES = tuple(text_number(name) for name in ("other", "other0", "wan0", "lan9", "x", "\x7f"))


def packet_of(space: Space, domain: Domain) -> dict[str, int]:
    """One packet of the domain: every field that the hook's rules test, as it is when the packet enters the hook."""
    made_up = {space.index[name] for name in space.program.boxer.members if name in space.index}
    facts = [clause for about, more in space.axioms if not about <= made_up for clause in more]
    whole = Solver(space.full).find(domain, facts)
    domain = whole if whole is not None else domain
    roots = space.program.boxer.roots
    packet: dict[str, int] = {}
    for number, name in enumerate(space.names):
        if roots.get(name) == name:
            packet[name] = _value(space, number, domain.get(number, space.full[number]))
    return dict(_joined(space, packet))


def _value(space: Space, number: int, classes: int) -> int:
    """A value of one of the classes: a readable name, else the lowest value that is no network address."""
    field_ = space.program.boxer.fields[space.names[number]]
    spans = [pair for bit in _bits(classes) for pair in space.parts[number].samples[bit]]
    if field_.form is Form.NAME:
        for low, high in spans:
            fit = next((name for name in (*NAMES, *_longer(low)) if low <= name <= high), None)
            if fit is not None:
                return fit
    low, high = min(spans, key=lambda pair: (pair[0] == ABSENT, pair[0]))
    return low + 1 if field_.form in (Form.IPV4, Form.IPV6) and low % 256 == 0 and low < high else low


def _longer(low: int) -> Iterator[int]:
    """The lowest name of a wildcard, with a digit at its end."""
    text = low.to_bytes(NAME_BYTES, "big").rstrip(b"\0")
    if 0 < len(text) < NAME_BYTES:
        yield low
        yield int.from_bytes((text + b"0").ljust(NAME_BYTES, b"\0"), "big")


def _bits(classes: int) -> Iterator[int]:
    for _ in range(4):
        if not classes:
            return
        low = classes & -classes
        yield low.bit_length() - 1
        classes ^= low


def _joined(space: Space, packet: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Pieces of a field put together again."""
    whole: dict[str, int] = {}
    cut = space.program.boxer.pieces
    pieces = {f"{name}[{high}:{low}]": (name, low) for name, parts in cut.items() for high, low in parts}
    for name, value in packet.items():
        base = name.removesuffix(" before tracking")
        if base not in pieces:
            yield name, value
        elif value != ABSENT:
            field, low = pieces[base]
            field += name[len(base) :]
            whole[field] = whole.get(field, 0) | value << low
    yield from whole.items()
