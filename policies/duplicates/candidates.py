"""Index that finds, among many systems, the few that an application could duplicate, without a full comparison.

Each entry is indexed under keys: its code, the data it produces, the concepts in its texts (and pairs of object and
action), its unknown words. The candidates of an application are the entries that share its keys; rarer keys count
more. The best of each kind of key and of each language are kept: without a quota per language, entries in the
language of the application would displace a duplicate in the other one. The list of a key is capped, so that the
cost of one application hardly grows with the register.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.duplicates.compare import SAID, EntryProfile, NamePhrase
from policies.duplicates.entry import Entry
from policies.duplicates.jurisdiction import Area, apart, area
from policies.duplicates.meaning import Term
from policies.duplicates.normalise import is_han, name_key, plain
from policies.duplicates.segment import lexicon

CAP_SHARE, CAP_LEAST = 0.02, 500
QUOTA = {"name": 40, "concept": 80, "gloss": 10, "data": 12, "code": 8}
TOGETHER, HINTS = 80, 20
"""Maximum of candidates per kind and language, of all kinds together, and of candidates that can only be hints."""
NEAR_KIN = 0.4
FUNCTION_SHARE, PAIR_SHARE = 0.5, 1.5
Keys = dict[str, float]
Ints = NDArray[Any]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
RETIRED = "retired"


def keys(p: EntryProfile) -> Keys:
    """The keys of an entry, `kind:rest`, each with its strength, 0 to 1.5."""
    strengths: Keys = {f"name:{name_key(text)}": 1.0 for text in p.entry.names}
    for name in p.names:
        _concepts(strengths, name.objects, [id_ for t in name.actions if t.weight >= SAID for id_ in t.ids], 1.0)
        _gloss(strengths, name.objects)
    for phrase in (*p.functions, *((p.object,) if p.object else ())):
        objects, actions = _parted(phrase)
        _concepts(strengths, objects, actions, FUNCTION_SHARE)
    for phrase in p.produces:
        _raise(strengths, f"data:{plain(phrase.text)}", 1.0)
        for id_ in (i for t in phrase.terms for i in t.ids):
            _raise(strengths, f"data:~{id_}", 0.6)
    for depth in (2, 3, 4):
        if len(p.code) >= depth:
            strengths[f"code:{'.'.join(p.code[:depth])}"] = 0.3 * depth
    return strengths


def _parted(phrase: NamePhrase) -> tuple[list[Term], list[str]]:
    concepts = lexicon().thesaurus.concepts
    objects = [t for t in phrase.terms if not t.ids or concepts[t.ids[0]].role == "o"]
    return objects, [id_ for t in phrase.terms for id_ in t.ids if concepts[id_].role == "a"]


def _concepts(strengths: Keys, objects: Iterable[Term], actions: list[str], share: float) -> None:
    alone = True
    for term in objects:
        alone = False
        strength = share * term.weight
        for key, kin in _above(term.ids):
            _raise(strengths, key, strength * kin)
        for id_ in term.ids:
            for action in actions:
                _raise(strengths, f"concept:{id_}+{action}", PAIR_SHARE * strength)
    if alone:
        for action in actions:
            _raise(strengths, f"concept:{action}", share)


@lru_cache(maxsize=8192)
def _above(ids: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The keys of a term: its concepts and their near ancestors, each with its agreement."""
    up = lexicon().thesaurus.up
    return tuple((f"concept:{above}", kin) for id_ in ids for above, kin in up[id_].items() if kin >= NEAR_KIN)


def _gloss(strengths: Keys, objects: Iterable[Term]) -> None:
    for term in objects:
        if not term.ids:
            for piece in _pieces(term):
                _raise(strengths, f"gloss:{piece}", 1.0)


def _pieces(term: Term) -> Iterable[str]:
    if not is_han(term.phrase[0]) or len(term.phrase) < 3:
        return [term.phrase]
    return [term.phrase[i : i + 2] for i in range(len(term.phrase) - 1)]


def _raise(strengths: Keys, key: str, weight: float) -> None:
    if strengths.get(key, 0.0) < weight:
        strengths[key] = weight


@dataclass(frozen=True, slots=True)
class Index:
    """Posting lists over entries 0..size-1, concatenated in two arrays."""

    size: int
    english: NDArray[np.bool_]
    """Entries without a Chinese name."""
    number: dict[str, int]
    """Key -> number of its list."""
    start: Ints
    """List i is at start[i]:start[i + 1]."""
    entries: Ints
    strengths: NDArray[np.float32]
    bits: NDArray[np.float32]
    """Information, in bits, of sharing the key of list i."""
    area: Ints
    """Per entry, the number of its area."""
    gone: Bools
    """Entries that are retired."""
    areas: tuple[Area | None, ...]
    own_start: Ints
    """Keys of entry i as numbers of lists: own_lists[own_start[i]:own_start[i + 1]]; own_strengths has the
    strengths."""
    own_lists: Ints
    own_strengths: NDArray[np.float32]

    def nearest(self, owners: Ints, can: Bools, quota: int, hints: int) -> list[Ints]:
        """For each owner, the earlier entries that share most with it.

        `can` (one row per owner) marks entries that may become a review: `quota` of them per language, and `hints`
        of the rest."""
        first, counts = self.own_start[owners], self.own_start[owners + 1] - self.own_start[owners]
        at = _ranges(first, counts)
        lists, weight = self.own_lists[at], self.own_strengths[at]
        length = self.start[lists + 1] - self.start[lists]
        postings = _ranges(self.start[lists], length)
        shares = np.minimum(self.strengths[postings], np.repeat(weight, length)) * np.repeat(self.bits[lists], length)
        rows = np.repeat(np.repeat(np.arange(len(owners)), counts), length)
        score = np.bincount(rows * self.size + self.entries[postings], shares, len(owners) * self.size)
        table = score.reshape(len(owners), self.size)
        candidates = []
        for owner, row, allowed in zip(owners.tolist(), table, can, strict=True):
            hits = np.flatnonzero(row[:owner])
            free = allowed[hits]
            english = self.english[hits]
            parts = [_top(row, hits[free & english], quota), _top(row, hits[free & ~english], quota)]
            candidates.append(np.concatenate([*parts, _top(row, hits[~free & ~self.gone[hits]], hints)]))
        return candidates

    def open(self, entry: Entry) -> Bools:
        """Entries that can become a review together with this one: not retired, and not certainly elsewhere."""
        if entry.state == RETIRED:
            return np.zeros(self.size, bool)
        there = _apart(area(entry), self.areas)
        return ~(self.gone | there[self.area]) if there.any() else ~self.gone

    def candidates(self, of: Keys, but: int = -1, can: Bools | None = None) -> list[int]:
        """Numbers of the entries to compare, sorted, without entry `but`. Entries that may become a review (`can`) fill
        the quotas; a few of the others are added as hints."""
        chosen: set[int] = set()
        together: Floats | None = None
        can = np.ones(self.size, bool) if can is None else can
        split = not can.all()
        for kind, quota in QUOTA.items():
            score = self._scores(of, kind + ":")
            if score is not None:
                together = score if together is None else together + score
                chosen.update(self._best(np.where(can, score, 0.0) if split else score, quota))
        if together is not None:
            chosen.update(self._best(np.where(can, together, 0.0) if split else together, TOGETHER))
            if split:
                chosen.update(self._best(np.where(can | self.gone, 0.0, together), HINTS))
        chosen.discard(but)
        return sorted(chosen)

    def _scores(self, of: Keys, kind: str) -> Floats | None:
        mine = ((self.number.get(key), weight) for key, weight in of.items() if key.startswith(kind))
        numbered = [(number, weight) for number, weight in mine if number is not None]
        if not numbered:
            return None
        lists = [(slice(self.start[i], self.start[i + 1]), weight, self.bits[i]) for i, weight in numbered]
        entries = np.concatenate([self.entries[here] for here, _, _ in lists])
        shares = np.concatenate([np.minimum(self.strengths[here], weight) * bits for here, weight, bits in lists])
        return np.bincount(entries, shares, self.size).astype(np.float64, copy=False)

    def _best(self, score: Floats, quota: int) -> Iterator[int]:
        """The best of each language, at most `quota` each."""
        hits = np.flatnonzero(score)
        english = self.english[hits]
        for mine in (hits[english], hits[~english]):
            if len(mine) > quota:
                mine = mine[np.argpartition(score[mine], -quota)[-quota:]]
            yield from mine.tolist()


def _ranges(first: Ints, counts: Ints) -> Ints:
    """Concatenated ranges: counts[i] numbers from first[i], for each i."""
    begins = np.cumsum(counts) - counts
    return np.asarray(np.repeat(first - begins, counts) + np.arange(counts.sum()))


def _top(score: NDArray[Any], among: Ints, quota: int) -> Ints:
    return among if len(among) <= quota else among[np.argpartition(score[among], -quota)[-quota:]]


@lru_cache(maxsize=256)
def _apart(own: Area | None, areas: tuple[Area | None, ...]) -> Bools:
    return np.array([apart(own, area) for area in areas], bool)


def build(profiles: Sequence[EntryProfile]) -> Index:
    numbers: dict[Area | None, int] = {}
    where = [numbers.setdefault(area(p.entry), len(numbers)) for p in profiles]
    gone = [p.entry.state == RETIRED for p in profiles]
    english = [not p.entry.name_zh for p in profiles]
    return from_keys((keys(p) for p in profiles), english, where, gone, tuple(numbers))


def from_keys(
    all_keys: Iterable[Keys],
    english: Sequence[bool],
    where: Sequence[int] = (),
    gone: Sequence[bool] = (),
    areas: tuple[Area | None, ...] = (None,),
) -> Index:
    """The index of entries given by their keys. `where`: per entry, the number of its area in `areas`."""
    number: dict[str, int] = {}
    lists, owners, weights = array("i"), array("i"), array("f")
    for owner, strengths in enumerate(all_keys):
        lists.extend([number.setdefault(key, len(number)) for key in strengths])
        owners.extend([owner] * len(strengths))
        weights.extend(strengths.values())
    size = len(english)
    place = np.array(where, np.int32) if len(where) else np.zeros(size, np.int32)
    retired = np.array(gone, bool) if len(gone) else np.zeros(size, bool)
    about = np.array(english, bool), place, retired, areas
    return _index(size, about, number, *map(np.asarray, (lists, owners, weights)))


def _index(
    size: int,
    about: tuple[Bools, Ints, Bools, tuple[Area | None, ...]],
    number: dict[str, int],
    lists: Ints,
    owners: Ints,
    weights: Floats,
) -> Index:
    """Sorts postings by list and cuts each list at the cap, separately for each area, so that retired systems and
    systems elsewhere never displace a local one. Within a list the strongest come first."""
    english, place, gone, areas = about
    where = place[owners] * 2 + gone[owners]
    order = np.lexsort((owners, -weights, where, lists))
    group = lists[order].astype(np.int64) * (2 * len(areas)) + where[order]
    begins = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1]))) if len(group) else np.zeros(0, np.int64)
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    length = np.bincount(lists, minlength=len(number))
    kept = order[rank < max(CAP_LEAST, int(size * CAP_SHARE))]
    left = np.bincount(lists[kept], minlength=len(number))
    return Index(
        size,
        english,
        number,
        np.concatenate(([0], np.cumsum(left))).astype(np.int32),
        owners[kept].astype(np.int32),
        weights[kept].astype(np.float32),
        np.log2(1 + size / np.maximum(length, 1)).astype(np.float32),
        place,
        gone,
        areas,
        np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=size)))).astype(np.int64),
        lists.astype(np.int32),
        weights.astype(np.float32),
    )
