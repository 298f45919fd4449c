"""Opposites: 职工 and 居民, arrival and departure, 进口 and 出口. Two names that differ by one of them denote different
systems, however similar the rest is. The table is data: data/contrasts.txt.
"""

from __future__ import annotations

import re
from functools import lru_cache

from policies.duplicates.normalise import plain, stem
from policies.duplicates.thesaurus import DATA

Sides = dict[int, frozenset[int]]
"""Line of the table -> the sides of it that a text contains."""


@lru_cache(maxsize=1)
def _table() -> tuple[re.Pattern[str], dict[str, tuple[tuple[int, int], ...]], dict[str, tuple[tuple[int, int], ...]]]:
    """Chinese words as one pattern, longest first; and for every word its lines and sides, in one table for Chinese
    words and one for stems of other languages."""
    zh: dict[str, list[tuple[int, int]]] = {}
    latin: dict[str, list[tuple[int, int]]] = {}
    lines = (DATA / "contrasts.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if line and not line.startswith("#")):
        for side, words in enumerate(line.split("|")):
            for word in filter(None, (plain(part) for part in words.split("/"))):
                table, key = (latin, _stems(word)) if word.isascii() else (zh, word)
                table.setdefault(key, []).append((number, side))
    pattern = re.compile("|".join(sorted(map(re.escape, zh), key=len, reverse=True)))
    return pattern, {w: tuple(p) for w, p in zh.items()}, {w: tuple(p) for w, p in latin.items()}


def _stems(text: str) -> str:
    return " ".join(stem(word) for word in re.findall(r"[a-z0-9]+", text))


@lru_cache(maxsize=65536)
def sides(text: str) -> Sides:
    pattern, zh, latin = _table()
    named_sides: dict[int, set[int]] = {}
    normal = plain(text)
    for match in pattern.finditer(normal):
        for number, side in zh[match.group()]:
            named_sides.setdefault(number, set()).add(side)
    words = _stems(normal).split()
    at = 0
    while at < len(words):
        length = next((n for n in (3, 2, 1) if " ".join(words[at : at + n]) in latin and at + n <= len(words)), 0)
        if length:
            for number, side in latin[" ".join(words[at : at + length])]:
                named_sides.setdefault(number, set()).add(side)
        at += max(1, length)
    return {number: frozenset(side_numbers) for number, side_numbers in named_sides.items()}


@lru_cache(maxsize=65536)
def opposed(a: str, b: str) -> bool:
    """Whether two names are on different sides of a line and share no side of it."""
    x, y = sides(a), sides(b)
    return any(x[number].isdisjoint(y[number]) for number in x.keys() & y.keys())
