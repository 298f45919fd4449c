"""Stems of the words of the thesaurus, stored in data/stems.txt: computing them took a third of the time of a check.

python -m policies.duplicates.make_stems writes the file; other words are stemmed on use.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "stems.txt"


def stemmed(word: str) -> str:
    kept = _kept().get(word)
    return computed(word) if kept is None else kept


def computed(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _kept() -> dict[str, str]:
    """Each line has a stem and its words."""
    kept = {}
    for line in FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else ():
        stem, *words = line.split()
        kept.update(dict.fromkeys(words, stem))
    return kept


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
