"""Sets of whole numbers as sorted, disjoint, closed intervals: the values a packet's field may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Spans = tuple[tuple[int, int], ...]
"""((low, high), ...), both ends included, sorted, with a gap between neighbours."""

NOTHING: Spans = ()
ENUMERABLE = 1 << 16
"""Up to this many values, a bit test is computed value by value."""


def spans(pairs: Iterable[tuple[int, int]]) -> Spans:
    """Intervals in their normal form."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(pair for pair in pairs if pair[0] <= pair[1]):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def single(value: int) -> Spans:
    return ((value, value),)


def union(parts: Iterable[Spans]) -> Spans:
    return spans(pair for part in parts for pair in part)


def meet(left: Spans, right: Spans) -> Spans:
    """The intersection."""
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            result.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def without(whole: Spans, part: Spans) -> Spans:
    """What `whole` contains and `part` does not."""
    result = []
    for low, high in whole:
        for a, b in part:
            if b < low or a > high:
                continue
            if a > low:
                result.append((low, a - 1))
            low = b + 1
        if low <= high:
            result.append((low, high))
    return tuple(result)


def contains(whole: Spans, value: int) -> bool:
    return any(low <= value <= high for low, high in whole)


def masked(values: Spans, mask: int, flip: int, domain: Spans) -> Spans | None:
    """The x of `domain` with (x & mask) ^ flip in `values`; None if that takes too many intervals.

    A mask of leading ones is a prefix and needs one interval for each of `values`; other masks are computed value by
    value, which suits ports and flags, but not a 32-bit mark (see `cubes`).
    """
    every = (1 << max(domain[-1][1].bit_length(), 1)) - 1
    free = every & ~mask
    if not flip and free & (free + 1) == 0:
        step = free + 1
        pairs = ((-(-low // step) * step, high // step * step + free) for low, high in values if high >= 0)
        return meet(spans(pairs), domain)
    if every < ENUMERABLE:
        candidates = (x for low, high in domain for x in range(max(low, 0), high + 1))
        return spans((x, x) for x in candidates if contains(values, (x & mask) ^ flip))
    return None


def cubes(values: Spans, bits: int) -> Iterator[tuple[int, int]]:
    """The same set as (value, care) pairs: x belongs where x & care == value. One pair for each prefix in it."""
    every = (1 << bits) - 1
    for low, high in values:
        while low <= high:
            free = (low & -low).bit_length() - 1 if low else bits
            while low + (1 << free) - 1 > high:
                free -= 1
            yield low, every & ~((1 << free) - 1)
            low += 1 << free
