"""Whose area a system serves, read from free text in either language, and whether two of them are the same one.

Towns and streets belong to their district: a town's system beside the district's is in the same jurisdiction.
A city and
its district are two: the upper one's system is a hint to reuse, never a reason to block.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .entry import Entry
from .normal import is_han, plain
from .places import leading_places
from .segment import places

_ZH = re.compile(r"^(.{2,}?)(自治区|自治州|自治县|特别行政区|新区|省|市|区|县|旗|州|盟)?$")
_TOWN = re.compile(r"(镇|乡|街道|街道办|街道办事处|村|社区)$")
_EN_TAIL = re.compile(
    r"\s*\b(district|city|county|province|municipality|municipal|autonomous region|prefecture"
    r"|people'?s government|government|of)\b\s*"
)
_EN_TOWN = re.compile(r"\b(town|township|street|subdistrict|village)\b")


@lru_cache(maxsize=16384)
def read(text: str) -> tuple[str, ...]:
    """Areas from the largest to the smallest, each in pinyin where it is a known city, towns left out:
    ("jiangmen", "pengjiang")."""
    normal = plain(text)
    if not normal:
        return ()
    if is_han(normal[0]):
        return _read_zh(normal)
    return _read_en(normal)


def _read_zh(text: str) -> tuple[str, ...]:
    found, _ = leading_places(text)
    if not found and len(text) <= 12 and _ZH.match(text) and _SHORT.search(text):
        found = [text]
    areas = []
    for place in found:
        if _TOWN.search(place):
            continue
        match = _ZH.match(place)
        base = match[1] if match else place
        areas.append(places().get(base, places().get(place, base)))
    return tuple(areas)


_SHORT = re.compile(r"(省|市|区|县|旗|州|盟)$")


def _read_en(text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in re.split(r"[,/;>-]", text) if part.strip()]
    areas = [_EN_TAIL.sub(" ", part).strip() for part in parts if not _EN_TOWN.search(part)]
    return (
        tuple(reversed([area for area in areas if area])) if len(areas) > 1 else tuple(area for area in areas if area)
    )


def area(entry: Entry) -> tuple[str, ...]:
    """Where the entry is: its field says so, or the head of its agency, or the head of its name."""
    if entry.jurisdiction:
        return read(entry.jurisdiction)
    for text in (entry.agency, entry.name_zh):
        normal = plain(text)
        if normal and is_han(normal[0]):
            found, _ = leading_places(normal)
            if found:
                return read("".join(found))
    known = places()
    for text in (entry.agency, entry.name_en):
        words = [word for word in re.findall(r"[a-z]+", plain(text)) if word in known]
        if words:
            return (words[0],)
    return ()


def elsewhere(a: Entry, b: Entry) -> bool:
    """True where the two certainly serve different areas. Not knowing is not elsewhere: the check stays strict."""
    x, y = area(a), area(b)
    if not x or not y:
        return False
    if x[-1] == y[-1]:
        return len(x) > 1 and len(y) > 1 and x[-2] != y[-2]
    return not (_unsure(x[-1]) ^ _unsure(y[-1]))


def _unsure(name: str) -> bool:
    """Chinese left in characters beside an English name cannot be compared with it."""
    return not name.isascii()
