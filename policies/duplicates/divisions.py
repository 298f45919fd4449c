"""The official list of administrative areas, from province to county, with the codes that a name can denote.

A code begins with the codes of the areas above it: 440703 (county) is in 4407 (city) and in 44 (province).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.collecting import uncollected
from policies.duplicates.thesaurus import DATA

Codes = frozenset[str]
NONE: Codes = frozenset()


@dataclass(frozen=True)
class Divisions:
    full: dict[str, Codes]
    """Name with its kind (蓬江区) -> codes."""
    base: dict[str, Codes]
    """Name without its kind (蓬江) -> codes."""
    pinyin: dict[str, Codes]
    longest: int

    def named(self, name: str, within: Codes = NONE) -> Codes:
        """The codes of a Chinese name, with or without its kind; restricted to those inside `within`, if there are
        any."""
        codes = self.full.get(name) or self.base.get(name) or NONE
        inside = frozenset(code for code in codes if any(code.startswith(above) for above in within))
        return inside or codes

    def at_start(self, text: str) -> str:
        """The longest full name at the start of a text, or ""."""
        for length in range(min(self.longest, len(text)), 1, -1):
            if text[:length] in self.full:
                return text[:length]
        return ""


@lru_cache(maxsize=1)
@uncollected()
def divisions() -> Divisions:
    full: dict[str, set[str]] = defaultdict(set)
    base: dict[str, set[str]] = defaultdict(set)
    pinyin: dict[str, set[str]] = defaultdict(set)
    for line in (DATA / "divisions.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, name, short, latin = line.split("\t")
            full[name].add(code)
            base[short].add(code)
            pinyin[latin].add(code)
    return Divisions(_frozen(full), _frozen(base), _frozen(pinyin), max(map(len, full)))


def _frozen(table: dict[str, set[str]]) -> dict[str, Codes]:
    return {name: frozenset(codes) for name, codes in table.items()}
