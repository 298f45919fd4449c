"""Meaning of a phrase: terms for objects, actions and form, each with its words.

The last action of a Chinese name is the action of the system (执法监督 supervises); earlier ones describe its object.
English reverses that order at "of" and "for" (Supervision of Enforcement). 管理 and 服务 fit every system and count
only if a name has no other action. Target groups (citizens, staff) are recognised but not compared, because front
and back office are one system. Actions that an object implies (a hotline takes requests) count if the name states
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.normalise import han_share, is_han, plain, stem
from policies.duplicates.places import without_places
from policies.duplicates.segment import CONCEPT, UNKNOWN, NameWord, lexicon, segment
from policies.duplicates.thesaurus import PART_SHARE

EARLIER_ACTION, ACTION_AS_OBJECT, INNER_ACTION, IMPLIED, ROOT, ABOVE, UNKNOWN_WEIGHT, BESIDE_SPECIFIC = (
    0.5,
    0.3,
    0.6,
    0.25,
    0.75,
    0.3,
    0.7,
    0.6,
)
EMPTY_ACTIONS = frozenset(
    {"manage", "serve", "build_up", "handle", "operate", "observe", "decide", "oversee", "watch_over_all"}
)
JOINS = frozenset({"与", "和", "及", "、", "暨", "and", "&"})
Terms = tuple["Term", ...]
TURNS = frozenset({"of", "for", "on", "against"})


@dataclass(frozen=True, slots=True)
class Term:
    """One element of a name. Several ids are alternatives (ambiguous word); no id means an unknown word."""

    ids: tuple[str, ...]
    weight: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Meaning:
    text: str
    language: str
    objects: tuple[Term, ...]
    actions: tuple[Term, ...]
    forms: tuple[Term, ...]
    outright: bool
    """The actions are stated by words, not implied by the objects."""

    @property
    def content(self) -> float:
        """Amount of comparable content: 0 for a name of generic words only, 2 for an object and an action."""
        return min(1.0, sum(t.weight for t in self.objects)) + (
            min(1.0, sum(t.weight for t in self.actions)) if self.outright else 0.0
        )


@lru_cache(maxsize=100_000)
def meaning(text: str, plain_text: bool = False) -> Meaning:
    """The meaning of one name or phrase. `plain_text`: it has no leading place or office, as with functions.

    Does not depend on agency and area of the entry, so that these never change the meaning of a name."""
    text_only = _OWN_ACRONYM.sub(" ", text)
    text_only = text_only if any(c.isalpha() for c in text_only) else text
    rest = plain(text_only) if plain_text else without_places(plain(text_only))[0]
    words = segment(rest)
    language = "zh" if han_share(rest) > 0.3 else "en"
    read = _Reading(_acronyms(text_only))
    for word, last in _ordered(words if language == "zh" else _turned(words)):
        read.word(word, last)
    return Meaning(
        text, language, _merged(read.objects), _merged(read.what_it_does()), _merged(read.forms), bool(read.actions)
    )


_OWN_ACRONYM = re.compile(r"\((?=[^)]*[A-Z][^)]*[A-Z])[A-Za-z][A-Za-z0-9&/.-]{1,11}\)")
"""An abbreviation of the name itself, in brackets: (LCAT), (STARS-FMS), (InfoViP)."""
ACRONYM_WEIGHT = 0.25
"""An unknown word in capitals is mostly an owner or the name of a system: GSA, OLU, CCAI."""


def _acronyms(text: str) -> frozenset[str]:
    """Words in capitals of a text that is not entirely in capitals."""
    if not any(c.islower() for c in text):
        return frozenset()
    return frozenset(word.lower() for word in _CAPITALS.findall(text))


_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,6}(?![A-Za-z])")


def _ordered(words: Iterable[NameWord]) -> list[tuple[NameWord, bool]]:
    """The words with content, each with whether it is in the position of the last action (受理与审批: both are)."""
    content: list[tuple[NameWord, bool]] = []
    last, joined = True, False
    for word in reversed(list(words)):
        if word.phrase in JOINS:
            joined = True
        elif word.kind in (CONCEPT, UNKNOWN) and not (word.concepts == ("engineering",) and not content):
            acts = _acts(word)
            content.append((word, last or (joined and acts)))
            last, joined = last and not acts, False
    return content[::-1]


def _turned(words: Iterable[NameWord]) -> list[NameWord]:
    """Supervision of law enforcement -> law enforcement supervision."""
    chunks: list[list[NameWord]] = [[]]
    for word in words:
        if word.phrase in TURNS:
            chunks.append([])
        else:
            chunks[-1].append(word)
    return [word for chunk in reversed(chunks) for word in chunk]


def _acts(word: NameWord) -> bool:
    concepts = lexicon().thesaurus.concepts
    return any(concepts[c].role == "a" and c not in EMPTY_ACTIONS for c in word.concepts)


class _Reading:
    """Collects the terms of one phrase word by word."""

    def __init__(self, acronyms: frozenset[str] = frozenset()) -> None:
        self.acronyms = acronyms
        self.objects: list[Term] = []
        self.actions: list[Term] = []
        self.implied: list[Term] = []
        self.empty: list[Term] = []
        self.forms: list[Term] = []

    def word(self, word: NameWord, last: bool) -> None:
        if word.kind == UNKNOWN:
            self._unknown(word.phrase)
            return
        for role_term in _roles(word.concepts):
            self._add(role_term, word.phrase, last)
        for part in _parts(word.concepts):
            self._beside(part, word.phrase)
        for id_ in _hidden_actions(word):
            self.actions.append(Term((id_,), INNER_ACTION * (1.0 if last else EARLIER_ACTION), word.phrase))

    def _add(self, role_term: _RoleTerm, phrase: str, last: bool) -> None:
        if role_term.role == "a" and role_term.empty:
            self.empty.append(Term(role_term.ids, IMPLIED, phrase))
        elif role_term.role == "a":
            self.actions.append(Term(role_term.ids, role_term.weight * (1.0 if last else EARLIER_ACTION), phrase))
            if not last:
                self.objects.append(Term(role_term.ids, role_term.weight * ACTION_AS_OBJECT, phrase))
        else:
            (self.objects if role_term.role == "o" else self.forms).append(
                Term(role_term.ids, role_term.weight, phrase)
            )

    def _beside(self, part: str, phrase: str) -> None:
        role, weight = lexicon().thesaurus.concepts[part].role, lexicon().thesaurus.concepts[part].weight
        into = {"o": self.objects, "a": self.implied}.get(role, self.forms)
        into.append(Term((part,), weight * PART_SHARE, phrase))

    def _unknown(self, phrase: str) -> None:
        if len(phrase) > 1 and not phrase.isdigit():
            weight = ACRONYM_WEIGHT if phrase in self.acronyms else UNKNOWN_WEIGHT
            self.objects.append(Term((), weight, phrase if is_han(phrase[0]) else stem(phrase)))

    def what_it_does(self) -> list[Term]:
        if not self.actions:
            return self.implied or self.empty
        return self.actions + [Term(t.ids, t.weight * IMPLIED, t.phrase) for t in self.implied]


@dataclass(frozen=True, slots=True)
class _RoleTerm:
    """Concepts of a word in one role: object, action or form."""

    role: str
    ids: tuple[str, ...]
    weight: float
    empty: bool
    """Consists only of actions that fit every system."""


@lru_cache(maxsize=8192)
def _roles(concept_ids: tuple[str, ...]) -> tuple[_RoleTerm, ...]:
    concepts = lexicon().thesaurus.concepts
    role_terms = []
    for role in "oaf":
        ids = tuple(c for c in concept_ids if concepts[c].role == role)
        if ids:
            share = 1.0 if len(ids) == len(concept_ids) else 0.7
            most = max(concepts[c].weight * (1.0 if concepts[c].parents or role != "o" else ROOT) for c in ids)
            role_terms.append(_RoleTerm(role, ids, share * most, EMPTY_ACTIONS.issuperset(ids)))
    return tuple(role_terms)


@lru_cache(maxsize=8192)
def _parts(concept_ids: tuple[str, ...]) -> tuple[str, ...]:
    concepts = lexicon().thesaurus.concepts
    return tuple(part for id_ in concept_ids for part in concepts[id_].parts)


@lru_cache(maxsize=8192)
def _hidden_actions(word: NameWord) -> tuple[str, ...]:
    """Actions inside a longer alias: 公共资源交易 is one object and trading; 监测预警 warns and monitors."""
    concepts = lexicon().thesaurus.concepts
    stated = {part for id_ in word.concepts for part in (id_, *concepts[id_].parts)}
    if any(concepts[id_].role == "a" and id_ not in word.concepts for id_ in stated):
        return ()
    inner = [w for w in segment(word.phrase, whole=False) if w.kind == CONCEPT and len(w.phrase) > 1]
    return tuple(
        id_
        for w in inner
        for id_ in w.concepts
        if concepts[id_].role == "a" and id_ not in stated and id_ not in EMPTY_ACTIONS
    )


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """Each concept once, with its largest weight; ancestors of another concept of the name count little
    (环境 together with 空气)."""
    if len(terms) < 2:
        return tuple(terms)
    best: dict[tuple[str, ...], Term] = {}
    for term in terms:
        key = term.ids or (f"?{term.phrase}",)
        if key not in best or best[key].weight < term.weight:
            best[key] = term
    up = lexicon().thesaurus.up
    above = {id_ for term in best.values() for own in term.ids for id_ in up[own] if id_ != own}
    concepts = lexicon().thesaurus.concepts
    specific = any(t.weight >= 0.9 for t in best.values())

    def weight(term: Term) -> float:
        if term.ids and all(id_ in above for id_ in term.ids):
            return term.weight * ABOVE
        root = term.ids and all(concepts[id_].role == "o" and not concepts[id_].parents for id_ in term.ids)
        return term.weight * BESIDE_SPECIFIC if root and specific else term.weight

    return tuple(Term(t.ids, weight(t), t.phrase) for t in best.values())


# ---- how far two meanings agree ------------------------------------------------------------------------------------
def agreement(a: Term, b: Term, same_language: bool = True) -> float:
    """Agreement of two terms, 0 to 1. Unknown words are compared by their characters, within one language only."""
    if a.ids and b.ids:
        kinship = lexicon().thesaurus.kinship
        if len(a.ids) == 1 == len(b.ids):
            return kinship(a.ids[0], b.ids[0])
        return max(kinship(x, y) for x in a.ids for y in b.ids)
    if not same_language:
        return 0.0
    if a.phrase == b.phrase:
        return 1.0
    return shared_characters(a.phrase, b.phrase) if is_han(a.phrase[0]) and is_han(b.phrase[0]) else 0.0


@lru_cache(maxsize=65536)
def shared_characters(a: str, b: str) -> float:
    """Dice over pairs of neighbouring characters; the last character, the head of a Chinese noun, counts as a pair."""
    x = {a[i : i + 2] for i in range(len(a))}
    y = {b[i : i + 2] for i in range(len(b))}
    return 2 * len(x & y) / (len(x) + len(y))


def covered(a: Terms, b: Terms, same_language: bool = True) -> tuple[float, float]:
    """Share of the weight of `a` that `b` covers, and vice versa, 0 to 1."""
    if not a or not b:
        return 0.0, 0.0
    best = [0.0] * len(b)
    shared = whole = 0.0
    for term in a:
        most = 0.0
        for at, other in enumerate(b):
            agreed = agreement(term, other, same_language)
            if agreed > most:
                most = agreed
            if agreed > best[at]:
                best[at] = agreed
        shared += term.weight * most
        whole += term.weight
    return shared / whole, sum(t.weight * most for t, most in zip(b, best, strict=True)) / sum(t.weight for t in b)


def done(a: Terms, b: Terms) -> tuple[float, float]:
    """`covered` for actions: an implied or secondary action contributes at most its own weight."""
    if not a or not b:
        return 0.0, 0.0
    table = [[agreement(t, u) * min(t.weight, u.weight) for u in b] for t in a]
    return (
        sum(map(max, table)) / sum(t.weight for t in a),
        sum(map(max, zip(*table, strict=True))) / sum(u.weight for u in b),
    )
