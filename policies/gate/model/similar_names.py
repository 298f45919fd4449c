"""Names that look like other names: which approved name an unknown one is nearest to, or imitates."""

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
"""Letters and digits that are taken for others: digits, Cyrillic and Greek (Unicode's confusables, the common ones)."""


def skeleton(name: str) -> str:
    """What is left of a name for somebody who reads in a hurry."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(LOOKS_LIKE)
    kept = "".join(letter for letter in folded if letter.isalnum())
    return kept.replace("rn", "m").replace("vv", "w")


def _shortened(word: str) -> set[str]:
    return {word[:location] + word[location + 1 :] for location in range(len(word))}


class SimilarNames:
    """Approved names, indexed once: looking one up does not read them all."""

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
        """The approved name that this other one could be taken for: looks the same, or is one letter away."""
        if name in self.names:
            return None
        bare = skeleton(name)
        if bare in self._skeletons:
            return self._skeletons[bare]
        if len(bare) <= SHORT:
            return None
        found = (self._near[part] for part in sorted({bare} | _shortened(bare)) if part in self._near)
        return next(found, None)

    def nearest(self, name: str) -> str | None:
        """The approved name that shares most with it, or None where nothing is shared."""
        votes = Counter(one for part in sorted(_threes(skeleton(name))) for one in self._parts.get(part, ()))
        best = max(votes.items(), key=lambda pair: (pair[1], -len(pair[0])), default=None)
        return best[0] if best else None


SHORT = 3
"""Names of so few letters are all alike."""


def _threes(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[location : location + 3] for location in range(len(padded) - 2)}
