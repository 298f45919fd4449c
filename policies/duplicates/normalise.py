"""Normalised form of a text: width, case, script and invisible characters. The caller keeps the original.

Traditional characters are converted to simplified ones with mainland vocabulary (OpenCC, tw2sp). OpenCC is loaded
only if a text has a character outside GB 2312, which contains the simplified script.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from policies.duplicates.stems import stemmed

LONGEST = 2000
"""Number of characters of a text that are read; longer texts are hostile or erroneous."""

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
_TIGHT = re.compile(r"[\u2018\u2019\u02bc`´]")


def plain(text: str) -> str:
    """`text` in normalised form: NFKC, lower case, simplified script, no control or invisible characters, single
    blanks."""
    return _plain(text[:LONGEST])


_ORDINARY = re.compile(r"[\u4e00-\u9fa5A-Za-z0-9 .,:;/&+-]*", re.ASCII)
"""Characters that only change case when normalised. Most texts have no others."""


@lru_cache(maxsize=65536)
def _plain(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return " ".join(_simplified(text.lower()).split())
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _TIGHT.sub("'", text).casefold()
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else _unaccented(c) for c in text)
    return " ".join(_simplified(text).split())


@lru_cache(maxsize=4096)
def _unaccented(char: str) -> str:
    """A Latin letter without its accent: gestión and gestion are one word."""
    if char.isascii() or not "\u00c0" <= char <= "\u024f":
        return char
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


def _simplified(text: str) -> str:
    try:
        text.encode("gb2312")
        return text
    except UnicodeEncodeError:
        if text.isascii() or not any("\u3400" <= c <= "\u9fff" for c in text):
            return text
        regional = _regional()
        return _mainland().convert(regional[0].sub(lambda word: regional[1][word[0]], text))


@lru_cache(maxsize=1)
def _regional() -> tuple[re.Pattern[str], dict[str, str]]:
    """Words of Taiwan and Hong Kong that OpenCC does not convert (data/regional.tsv), longest first."""
    text = (Path(__file__).parent / "data" / "regional.tsv").read_text(encoding="utf-8")
    words = dict(line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True))), words


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@lru_cache(maxsize=1)
def _mainland() -> _Converter:
    """OpenCC converter from Taiwanese script and vocabulary."""
    import opencc

    return opencc.OpenCC("tw2sp")


_EDITION = re.compile(
    r"(?<![a-z0-9])(?:v(?:er(?:sion)?)?\.? ?\d+(?:\.\d+)*|(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?年?(?:度)?)(?![a-z0-9])"
    r"|第?[一二三四五六七八九十\d]+期(?!刊)|\(第?[一二三四五六七八九十\d]+次\)"
)
"""Marks of an edition of a system: v2, 2025年, 二期, (第4次)."""


@lru_cache(maxsize=65536)
def editions(normal: str) -> tuple[str, ...]:
    """Years, versions and phases in a normalised name."""
    return tuple(_EDITION.findall(normal))


_MARKS = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def name_key(text: str) -> str:
    """The normalised name without edition, punctuation and blanks. Equal keys mean equal names."""
    normal = plain(text)
    return _MARKS.sub("", _EDITION.sub(" ", normal)) or _MARKS.sub("", normal) or normal


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003134f"


def han_share(text: str) -> float:
    """Share of Chinese characters among the letters of a text; 0 if it has no letter."""
    letters = [c for c in text if c.isalnum()]
    return sum(map(is_han, letters)) / len(letters) if letters else 0.0


@lru_cache(maxsize=1)
def _whole_words() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "whole_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if line[:1] != "#" for word in line.split())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A rough stem of an English word, which joins inspect, inspects, inspected, inspection, inspector."""
    if not long_english(word):
        return word
    whole = _whole_words()
    if word in whole:
        return word
    if word[-1] == "s" and word[:-1] in whole:
        return word[:-1]
    return stemmed(word)


def long_english(word: str) -> bool:
    """Whether a word is stemmed; shorter words stay as they are."""
    return len(word) >= 5 and word.isascii()
