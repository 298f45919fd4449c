"""Language of a name, and whether the matcher supports it. Words: data/languages.txt."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

from policies.duplicates.entry import Entry, Remark
from policies.duplicates.normalise import han_share
from policies.duplicates.thesaurus import DATA

READ = frozenset({"zh", "en", "es", "pt"})
"""Languages of the thesaurus."""
FEW = 0.05
"""Share of a list's names from which an unsupported language is reported."""
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Word -> languages that contain it, each with its share; and language -> its distinctive letters."""
    words: dict[str, dict[str, float]] = {}
    letters: dict[str, str] = {}
    for line in (DATA / "languages.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, own, text = (part.strip() for part in line.split("|"))
            letters[language] = own
            for word in text.split():
                words.setdefault(word, {})[language] = 0.0
    for shares in words.values():
        for language in shares:
            shares[language] = 1 / len(shares)
    return words, letters


@lru_cache(maxsize=65536)
def language(text: str) -> str:
    """The language of a name: zh, en, es, pt, fr ...; en by default."""
    for code, script in _SCRIPTS:
        if script.search(text):
            return code
    if han_share(text) > 0.3:
        return "zh"
    words, letters = _words()
    low = unicodedata.normalize("NFC", text.lower())
    score: dict[str, float] = defaultdict(float)
    for word in re.findall(r"[^\W\d_]+", low):
        for code, share in words.get(word, {}).items():
            score[code] += share
    for code, own in letters.items():
        score[code] += 0.6 * sum(c in own for c in low)
    best = max(score, key=lambda code: (score[code], code), default="en")
    return best if score[best] > max(0.7, score["en"]) else "en"


def languages(entries: Iterable[Entry]) -> dict[str, int]:
    """Number of names per language, most frequent first."""
    return dict(Counter(language(e.name) for e in entries).most_common())


def unread(entries: Iterable[Entry], at: str) -> list[Remark]:
    """Warning about names in languages that the matcher does not support."""
    counted = languages(entries)
    whole = sum(counted.values())
    other = {code: many for code, many in counted.items() if code not in READ and many >= max(1, FEW * whole)}
    if not other:
        return []
    shown = ", ".join(f"{code} {many}" for code, many in other.items())
    return [
        Remark(
            False,
            at,
            f"{whole} 个名称中有不支持的语言：{shown}；仅按字符比对，请补充中文或英文名称",
            f"of {whole} names some are in languages that the matcher does not read: {shown}; they are compared by "
            "characters only. Add Chinese or English names",
        )
    ]
