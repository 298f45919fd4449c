"""Finds, among many systems, the few that one of them could duplicate, without comparing it with all.

Each entry is filed under keys: its code, the data it produces, the concepts it speaks of (and the pairs of
what and what is
done), its unknown words. An application collects the entries under its own keys, rarer keys counting more, and
keeps the best
of each kind and of each language: without a quota for the other language, entries in one's own crowd the true twin out.
The list under one key is capped, so that the work for one application does not grow with the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compare import SAID, Phrase, Profile
from .meaning import Term
from .normal import is_han, plain
from .segment import lexicon

CAP_SHARE, CAP_LEAST = 0.02, 500
QUOTA = {"concept": 25, "gloss": 10, "data": 12, "code": 8}
TOGETHER = 30
"""Candidates of each kind and language at most, and of all kinds taken together."""
NEAR_KIN = 0.4
FUNCTION_SHARE, PAIR_SHARE = 0.5, 1.5
Keys = dict[str, float]
Ints = NDArray[np.int32]
Floats = NDArray[np.floating[Any]]


def keys(p: Profile) -> Keys:
    """The keys of an entry, `kind:rest`, each with how strongly the entry stands under it, 0 to 1.5."""
    found: Keys = {}
    for name in p.names:
        _concepts(found, name.objects, [id_ for t in name.actions if t.weight >= SAID for id_ in t.ids], 1.0)
        _gloss(found, name.objects)
    for phrase in (*p.functions, *((p.object,) if p.object else ())):
        objects, actions = _parted(phrase)
        _concepts(found, objects, actions, FUNCTION_SHARE)
    for made in p.produces:
        _raise(found, f"data:{plain(made.text)}", 1.0)
        for id_ in (i for t in made.terms for i in t.ids):
            _raise(found, f"data:~{id_}", 0.6)
    for depth in (2, 3, 4):
        if len(p.code) >= depth:
            found[f"code:{'.'.join(p.code[:depth])}"] = 0.3 * depth
    return found


def _parted(phrase: Phrase) -> tuple[list[Term], list[str]]:
    concepts = lexicon().thesaurus.concepts
    objects = [t for t in phrase.terms if not t.ids or concepts[t.ids[0]].role == "o"]
    return objects, [id_ for t in phrase.terms for id_ in t.ids if concepts[id_].role == "a"]


def _concepts(found: Keys, objects: Iterable[Term], actions: list[str], share: float) -> None:
    up = lexicon().thesaurus.up
    alone = True
    for term in objects:
        alone = False
        for id_ in term.ids:
            for above, kin in up[id_].items():
                if kin >= NEAR_KIN:
                    _raise(found, f"concept:{above}", share * kin * term.weight)
            for action in actions:
                _raise(found, f"concept:{id_}+{action}", PAIR_SHARE * share * term.weight)
    if alone:
        for action in actions:
            _raise(found, f"concept:{action}", share)


def _gloss(found: Keys, objects: Iterable[Term]) -> None:
    for term in objects:
        if not term.ids:
            for piece in _pieces(term):
                _raise(found, f"gloss:{piece}", 1.0)


def _pieces(term: Term) -> Iterable[str]:
    if not is_han(term.phrase[0]) or len(term.phrase) < 3:
        return [term.phrase]
    return [term.phrase[i : i + 2] for i in range(len(term.phrase) - 1)]


def _raise(found: Keys, key: str, weight: float) -> None:
    if found.get(key, 0.0) < weight:
        found[key] = weight


@dataclass(slots=True)
class Index:
    """Posting lists over entries 0..size-1. `english` marks entries without a Chinese name."""

    size: int
    english: NDArray[np.bool_]
    postings: dict[str, tuple[Ints, Floats, float]]
    """Key -> entries, strongest first, how strongly each, and the bits that sharing this key tells."""

    def candidates(self, of: Keys, but: int = -1) -> list[int]:
        """The entries worth comparing, in number order, without entry `but`."""
        chosen: set[int] = set()
        together: Floats | None = None
        for kind, quota in QUOTA.items():
            score = self._scores(of, kind + ":")
            if score is not None:
                chosen.update(self._best(score, quota))
                together = score if together is None else together + score
        if together is not None:
            chosen.update(self._best(together, TOGETHER))
        chosen.discard(but)
        return sorted(chosen)

    def _scores(self, of: Keys, kind: str) -> Floats | None:
        found = [
            (self.postings[key], weight) for key, weight in of.items() if key.startswith(kind) and key in self.postings
        ]
        if not found:
            return None
        entries = np.concatenate([entries for (entries, _, _), _ in found])
        shares = np.concatenate([np.minimum(strength, weight) * bits for (_, strength, bits), weight in found])
        summed: Floats = np.bincount(entries, shares, self.size).astype(np.float64)
        return summed

    def _best(self, score: Floats, quota: int) -> Iterator[int]:
        """The best of each language, `quota` of each at most."""
        hits = np.flatnonzero(score)
        english = self.english[hits]
        for mine in (hits[english], hits[~english]):
            if len(mine) > quota:
                mine = mine[np.argpartition(score[mine], -quota)[-quota:]]
            yield from mine.tolist()


def build(profiles: Sequence[Profile]) -> Index:
    return from_keys([keys(p) for p in profiles], [not p.entry.name_zh for p in profiles])


def from_keys(all_keys: Iterable[Keys], english: Sequence[bool]) -> Index:
    """The index of entries given by their keys."""
    lists: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    size = 0
    for number, found in enumerate(all_keys):
        size += 1
        for key, weight in found.items():
            entries, strengths = lists[key]
            entries.append(number)
            strengths.append(weight)
    cap = max(CAP_LEAST, int(size * CAP_SHARE))
    return Index(size, np.array(english, bool), {key: _posting(*pair, size, cap) for key, pair in lists.items()})


def _posting(entries: list[int], strengths: list[float], size: int, cap: int) -> tuple[Ints, Floats, float]:
    numbers, strength = np.array(entries, np.int32), np.array(strengths, np.float32)
    bits = float(np.log2(1 + size / len(entries)))
    if len(entries) > cap:
        keep = np.argsort(-strength, kind="stable")[:cap]
        numbers, strength = numbers[keep], strength[keep]
    return numbers, strength, bits
