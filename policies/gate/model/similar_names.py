"""Similar names: the approved name that an unknown name resembles or imitates."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

LOOKS_LIKE = str.maketrans(
    {
        "0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b", "2": "z",
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "і": "l", "ѕ": "s",
        "α": "a", "ο": "o", "ρ": "p", "ν": "v", "ı": "l",
    }
)  # fmt: skip
"""Letters and digits that look like others: digits, Cyrillic and Greek (common Unicode confusables)."""


def skeleton(name: str) -> str:
    """A name with confusable characters replaced."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(LOOKS_LIKE)
    kept = "".join(letter for letter in folded if letter.isalnum())
    return kept.replace("rn", "m").replace("vv", "w")


def _shortened(word: str) -> set[str]:
    return {word[:location] + word[location + 1 :] for location in range(len(word))}


class SimilarNames:
    """An index of approved names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = set(names)
        self._skeletons: dict[str, str] = {}
        self._near: dict[str, str] = {}
        self._parts: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.names):
            bare = skeleton(name)
            self._skeletons.setdefault(bare, name)
            for part in _shortened(bare) | {bare} if len(bare) > SHORT else ():
                self._near.setdefault(part, name)
            for part in _threes(bare):
                self._parts[part].append(name)

    def imitated(self, name: str) -> str | None:
        """The approved name that a name imitates: it looks the same, or differs in one letter."""
        if name in self.names:
            return None
        bare = skeleton(name)
        if bare in self._skeletons:
            return self._skeletons[bare]
        if len(bare) <= SHORT:
            return None
        return next((self._near[part] for part in sorted({bare} | _shortened(bare)) if part in self._near), None)

    def nearest(self, name: str) -> str | None:
        """The most similar approved name, or None."""
        votes = Counter(approved for part in sorted(_threes(skeleton(name))) for approved in self._parts.get(part, ()))
        best = max(votes.items(), key=lambda pair: (pair[1], -len(pair[0])), default=None)
        return best[0] if best else None


SHORT = 3
"""Names of at most this length are too short to compare."""


def _threes(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[location : location + 3] for location in range(len(padded) - 2)}
