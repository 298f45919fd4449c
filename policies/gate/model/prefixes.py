"""Overlapping prefixes. CIDR blocks nest or are disjoint, so one sorted pass with a stack is exact.

Plain integers and no address objects: 100,000 prefixes take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple


def _masks(width: int) -> tuple[int, ...]:
    """By number of leading bits: the bits that a prefix leaves open."""
    return tuple((1 << (width - bits)) - 1 for bits in range(width + 1))


FOUR, SIX = (4, AF_INET, _masks(32)), (6, AF_INET6, _masks(128))


class Span(NamedTuple):
    """A prefix as numbers."""

    version: int
    first: int
    length: int
    """The number of leading bits."""
    last: int


class Overlap(NamedTuple):
    """`inner` lies in `outer` (or is the same prefix); both with their owners."""

    inner: str
    inner_owner: str
    outer: str
    outer_owner: str


def span(prefix: str) -> Span:
    """`10.0.1.0/24` -> numbers. ValueError if it is no prefix."""
    address, _, length = prefix.partition("/")
    version, family, masks = SIX if ":" in address else FOUR
    try:
        number = int.from_bytes(inet_pton(family, address), "big")
        bits = int(length) if length else len(masks) - 1
        if not 0 <= bits < len(masks):
            raise ValueError(length)
    except (OSError, ValueError) as mistake:
        raise ValueError(f"{prefix!r} is no prefix") from mistake
    mask = masks[bits]
    return Span(version, number & ~mask, bits, number | mask)


Row = tuple[int, int, int, str, str]
"""First address, number of bits, last address, owner, prefix as text."""


def overlaps(owned: Iterable[tuple[str, str]]) -> Iterator[Overlap]:
    """Pairs of (owner, prefix) -> each prefix that lies in another owner's, with the nearest such one."""
    four: list[Row] = []
    six: list[Row] = []
    for owner, prefix in owned:
        version, first, length, last = span(prefix)
        (six if version == 6 else four).append((first, length, last, owner, prefix))
    for family in (four, six):
        family.sort()
        yield from _nested(family)


def _nested(rows: list[Row]) -> Iterator[Overlap]:
    """Over rows in order: what is still open when a row comes contains it."""
    stack: list[Row] = []
    for row in rows:
        first, owner = row[0], row[3]
        while stack and stack[-1][2] < first:
            stack.pop()
        if stack:
            outer = stack[-1]
            if outer[3] == owner:  # its own: find the nearest one of another owner (rare)
                outer = next((item for item in reversed(stack) if item[3] != owner), row)
            if outer is not row:
                yield Overlap(row[4], owner, outer[4], outer[3])
        stack.append(row)


def within(prefix: str, blocks: Iterable[Span]) -> bool:
    """Whether one of the blocks contains the prefix."""
    inner = span(prefix)
    return any(
        block.version == inner.version and block.first <= inner.first and inner.last <= block.last for block in blocks
    )


def meet(prefix: str, other: str) -> bool:
    """Whether two prefixes share an address."""
    first, second = span(prefix), span(other)
    return first.version == second.version and first.first <= second.last and second.first <= first.last
