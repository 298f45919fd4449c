"""The administrative area that a system serves, read from free text in either language, and comparison of areas.

Towns and streets belong to their district: their systems and the district's are in the same jurisdiction. A city
and its district are two jurisdictions: the city's system is a hint to reuse and never a reason to block. Chinese is
compared with Chinese and pinyin with pinyin; across scripts only names of the official list (divisions.py) can
differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.divisions import NONE, Codes, divisions
from policies.duplicates.entry import Entry
from policies.duplicates.normalise import is_han, plain
from policies.duplicates.places import leading_places
from policies.duplicates.segment import places

_KIND = re.compile(r"(?<=.{2})(自治区|自治州|自治县|特别行政区|新区|省|市|区|县|旗|州|盟)$")
_TOWN = re.compile(r"(镇|乡|街道|街道办|街道办事处|村|社区)$")
_EN_TAIL = re.compile(
    r"\s*\b(district|city|county|province|municipality|municipal|autonomous region|prefecture"
    r"|people'?s government|government|of)\b\s*"
)
_EN_TOWN = re.compile(r"\b(town|township|street|subdistrict|village)\b")
_LONGEST_BARE = 12
"""Maximum length of a text that is accepted as the name of an area that is not in the list."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area: its own name and those above it, largest first, without towns."""

    names: tuple[str, ...]
    latin: bool
    codes: Codes = NONE
    """Codes that the last name can denote in the official list; empty if it is not in the list."""
    above: Codes = NONE
    """The same for the name before it."""


@lru_cache(maxsize=16384)
def read(text: str) -> Area | None:
    """The area of a text, or None."""
    normal = plain(text)
    if not normal:
        return None
    return _read_zh(normal) if is_han(normal[0]) else _read_en(normal)


def _read_zh(text: str) -> Area | None:
    listed, rest = _listed(text)
    place_texts = [*listed, *leading_places(rest)[0]]
    if not place_texts and (divisions().named(text) or (len(text) <= _LONGEST_BARE and _KIND.search(text))):
        place_texts = [text]
    names: list[str] = []
    above = codes = NONE
    for place in place_texts:
        if not _TOWN.search(place):
            above, codes = codes, divisions().named(place, codes)
            names.append(_KIND.sub("", place))
    return Area(tuple(names), False, codes, above) if names else None


def _listed(text: str) -> tuple[list[str], str]:
    """The areas of the official list at the start of a text, and the rest."""
    areas, rest = [], text
    while name := divisions().at_start(rest):
        areas.append(name)
        rest = rest[len(name) :]
    return areas, rest


def _read_en(text: str) -> Area | None:
    parts = [part.strip() for part in re.split(r"[,/;>-]", text) if part.strip()]
    names = [_EN_TAIL.sub(" ", part).strip() for part in parts if not _EN_TOWN.search(part)]
    names = [name for name in names if name][::-1]
    return Area(tuple(names), True) if names else None


def area(entry: Entry) -> Area | None:
    """The area of an entry: from its field, or from the start of its agency or name."""
    if entry.jurisdiction:
        return read(entry.jurisdiction)
    return _unstated(entry.agency, entry.name_zh, entry.name_en)


@lru_cache(maxsize=16384)
def _unstated(agency: str, name_zh: str, name_en: str) -> Area | None:
    for text in (agency, name_zh):
        normal = plain(text)
        if normal and is_han(normal[0]):
            leading, _ = leading_places(normal)
            if leading:
                return read("".join(leading))
    place_names = places()
    for text in (agency, name_en):
        words = [word for word in re.findall(r"[a-z]+", plain(text)) if word in place_names]
        if words:
            return Area((words[0],), True)
    return None


def elsewhere(a: Entry, b: Entry) -> bool:
    """Whether the two certainly serve different areas. Unknown areas count as the same, so that the check stays
    strict."""
    return apart(area(a), area(b))


@lru_cache(maxsize=65536)
def apart(x: Area | None, y: Area | None) -> bool:
    """`elsewhere` for two areas."""
    if x is None or y is None:
        return False
    if x.latin != y.latin:
        return _differ_across(*((x, y) if y.latin else (y, x)))
    if x.codes and y.codes:
        return x.codes.isdisjoint(y.codes)
    return x.names[-1] != y.names[-1] or _parents_differ(x, y)


def _parents_differ(x: Area, y: Area) -> bool:
    if x.above and y.above:
        return x.above.isdisjoint(y.above)
    return len(x.names) > 1 and len(y.names) > 1 and x.names[-2] != y.names[-2]


def _differ_across(zh: Area, en: Area) -> bool:
    """Chinese against pinyin: two names of the list that do not denote the same area."""
    codes = divisions().pinyin.get(en.names[-1].replace(" ", ""))
    return codes is not None and bool(zh.codes) and codes.isdisjoint(zh.codes)
