"""What a phrase means: which objects, which actions, in which form, for whom, and which words stayed unknown.

The last action of a Chinese name is what the system does (执法监督 supervises), the ones before it say on what; English
turns that order round at "of" and "for" (Supervision of Enforcement). 管理 and 服务 fit everything and count only where a
name has no other action.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .normal import han_share, is_han, plain, stem
from .segment import CONCEPT, PROJECT, UNKNOWN, Word, lexicon, segment, without_places

EARLIER_ACTION, EMPTY_ACTION, ACTION_AS_OBJECT, AMBIGUOUS, SAID_BESIDE, INNER_ACTION, IMPLIED_BESIDE = 0.5, 0.25, 0.3, 0.85, 0.7, 0.6, 0.25
EMPTY_ACTIONS = frozenset({"manage", "serve", "build_up", "handle", "operate", "observe"})
TURNS = frozenset({"of", "for", "on", "against"})
Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Concept id -> weight for each role; `unknown` holds what no word list knows, by language; `words` is the cut."""

    text: str
    language: str
    words: tuple[Word, ...]
    objects: Weights
    actions: Weights
    forms: Weights
    sides: Weights
    unknown: Weights

    @property
    def content(self) -> float:
        """How much there is to compare: 0 for a name of generic words only, about 2 for an object and an action."""
        return min(1.0, sum(self.objects.values())) + min(1.0, sum(self.actions.values())) + min(0.5, sum(self.unknown.values()))


def meaning(text: str, drop: Iterable[str] = ()) -> Meaning:
    """The meaning of one name or phrase. `drop`: texts that only say whose it is (agency, place), taken out first."""
    return _meaning(text, tuple(sorted({plain(d) for d in drop if d})))


@lru_cache(maxsize=100_000)
def _meaning(text: str, drop: tuple[str, ...]) -> Meaning:
    normal = plain(text)
    rest, _ = without_places(normal, drop)
    words = segment(rest)
    language = "zh" if han_share(rest) > 0.3 else "en"
    read = _Reading()
    content = [w for w in (words if language == "zh" else _turned(words)) if w.kind in (CONCEPT, UNKNOWN)]
    if words and words[-1].kind == CONCEPT and words[-1].concepts == ("engineering",):
        content = content[:-1]
    for i, word in enumerate(content):
        read.word(word, last=not any(_acts(w) for w in content[i + 1 :]))
    return Meaning(text, language, words, read.objects, read.actions_at_last(), read.forms, read.sides, read.unknown)


def _turned(words: tuple[Word, ...]) -> list[Word]:
    """Supervision of law enforcement -> law enforcement supervision."""
    chunks: list[list[Word]] = [[]]
    for word in words:
        if word.phrase in TURNS:
            chunks.append([])
        else:
            chunks[-1].append(word)
    return [word for chunk in reversed(chunks) for word in chunk]


def _acts(word: Word) -> bool:
    concepts = lexicon().thesaurus.concepts
    return any(concepts[c].role == "a" and c not in EMPTY_ACTIONS for c in word.concepts)


class _Reading:
    """Gathers the weights of one phrase word by word."""

    def __init__(self) -> None:
        self.objects: Weights = {}
        self.actions: Weights = {}
        self.implied: Weights = {}
        self.empty: Weights = {}
        self.forms: Weights = {}
        self.sides: Weights = {}
        self.unknown: Weights = {}

    def word(self, word: Word, last: bool) -> None:
        if word.kind == UNKNOWN:
            self._unknown(word.phrase)
            return
        thesaurus = lexicon().thesaurus
        share = AMBIGUOUS if len(word.concepts) > 1 else 1.0
        for id_ in word.concepts:
            own = thesaurus.concepts[id_].role
            for role, weights in thesaurus.spread[id_].items():
                if role == "a" != own:
                    _raise(self.implied, weights, share * SAID_BESIDE)
                else:
                    self._add(role, weights, share * (1.0 if role == own else SAID_BESIDE), id_ in EMPTY_ACTIONS, last)
        for id_, share in _hidden_actions(word):
            self._add("a", thesaurus.spread[id_]["a"], share, False, last)

    def _add(self, role: str, weights: Weights, share: float, empty: bool, last: bool) -> None:
        if role == "a" and empty:
            _raise(self.empty, weights, share * EMPTY_ACTION)
        elif role == "a":
            _raise(self.actions, weights, share * (1.0 if last else EARLIER_ACTION))
            if not last:
                _raise(self.objects, {f"a:{id_}": w for id_, w in weights.items()}, share * ACTION_AS_OBJECT)
        else:
            _raise({"o": self.objects, "f": self.forms, "s": self.sides}[role], weights, share)

    def _unknown(self, phrase: str) -> None:
        if is_han(phrase[0]):
            pieces = [phrase] if len(phrase) < 3 else [phrase[i : i + 2] for i in range(len(phrase) - 1)]
            if len(phrase) == 1:
                return
        else:
            if len(phrase) < 2 or phrase.isdigit():
                return
            pieces = [stem(phrase)]
        _raise(self.unknown, {piece: 1.0 for piece in pieces}, 0.6 / len(pieces) ** 0.5)

    def actions_at_last(self) -> Weights:
        """What it does: said outright, or else what its objects imply (a hotline takes requests), or else 管理."""
        if self.actions:
            _raise(self.actions, self.implied, IMPLIED_BESIDE)
        return self.actions or self.implied or self.empty


@lru_cache(maxsize=8192)
def _hidden_actions(word: Word) -> tuple[tuple[str, float], ...]:
    """Actions said inside a longer alias: 公共资源交易 is one thing, and trading; 监测预警 warns, and monitors."""
    concepts = lexicon().thesaurus.concepts
    said = {part for id_ in word.concepts for part in (id_, *concepts[id_].parts)}
    inner = [w for w in segment(word.phrase, whole=False) if w.kind == CONCEPT]
    if any(concepts[id_].role == "a" and id_ not in word.concepts for id_ in said):
        return ()
    return tuple((id_, INNER_ACTION) for w in inner for id_ in w.concepts
                 if concepts[id_].role == "a" and id_ not in said and id_ not in EMPTY_ACTIONS and len(w.phrase) > 1)


def _raise(into: Weights, weights: Weights, share: float) -> None:
    for id_, weight in weights.items():
        if into.get(id_, 0.0) < weight * share:
            into[id_] = weight * share


def covered(a: Weights, b: Weights) -> float:
    """Share of the weight of `a` that `b` has as well, 0 to 1."""
    whole = sum(a.values())
    return sum(min(w, b.get(id_, 0.0)) for id_, w in a.items()) / whole if whole else 0.0
