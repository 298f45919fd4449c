"""How far two systems agree, field by field, each from 0 to 1, or None where one of them says nothing there.

Agency and zone are not compared: who builds it and where it runs say nothing about what it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .entry import Entry
from .meaning import Meaning, Term, covered, done, meaning
from .normal import plain

FIELDS = ("name_what", "name_done", "capability", "object", "functions", "produces", "consumes", "users")
MOST_FUNCTIONS = 60
"""Functions compared per system, those that say most. More than these are counted in the notes."""
NOT_SHARED = 0.35
"""What two phrases must have in common to count as the same function at all."""
ACROSS = 0.35
"""Agreement granted to a word unknown in one language: it may be what the other name says in the other language."""
SAID = 0.3
"""Weight from which an action counts as said: 管理 alone says nothing."""

Agreement = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Profile:
    """An entry with the meaning of its texts. Made once for each entry."""

    entry: Entry
    names: tuple[Meaning, ...]
    code: tuple[str, ...]
    object: Meaning | None
    functions: tuple[Meaning, ...]
    produces: tuple[Meaning, ...]
    consumes: tuple[Meaning, ...]
    users: tuple[Meaning, ...]
    left_out: int
    """Functions beyond MOST_FUNCTIONS, not compared."""

    @property
    def content(self) -> float:
        """How much there is to compare in all; see Meaning.content."""
        return max((m.content for m in self.names), default=0.0) + sum(min(1.0, _weight(m)) for m in self.functions[:4]) + (1.0 if self.code else 0.0)


def profile(entry: Entry) -> Profile:
    own = (entry.agency, entry.jurisdiction)
    names = tuple(meaning(name, own) for name in entry.names)
    said = {plain(name) for name in entry.names}
    functions = [m for text in entry.functions if plain(text) not in said and _weight(m := meaning(text)) > 0]
    kept = functions if len(functions) <= MOST_FUNCTIONS else sorted(functions, key=_weight, reverse=True)[:MOST_FUNCTIONS]
    return Profile(entry, names, code(entry.capability), meaning(entry.object) if entry.object else None, tuple(kept),
                   tuple(map(meaning, entry.produces)), tuple(map(meaning, entry.consumes)), tuple(map(meaning, entry.users)),
                   len(functions) - len(kept))


def code(text: str) -> tuple[str, ...]:
    """A capability code from its root down: B03.02 -> B, 03, 02."""
    return tuple(re.findall(r"[a-z]+|\d+", plain(text)))


def compare(a: Profile, b: Profile) -> Agreement:
    what, did = names(a, b)
    return {
        "name_what": what,
        "name_done": did,
        "capability": same_code(a.code, b.code),
        "object": _both(a.object, b.object),
        "functions": overlap(a.functions, b.functions)[0],
        "produces": _items(a.produces, b.produces),
        "consumes": _items(a.consumes, b.consumes),
        "users": _items(a.users, b.users),
    }


# ---- names -------------------------------------------------------------------------------------------------------------
def names(a: Profile, b: Profile) -> tuple[float | None, float | None]:
    """Agreement in what the names are about and in what is done, of the two names that agree best."""
    return max(((what_agrees(x, y), done_agrees(x, y)) for x in a.names for y in b.names), key=_best, default=(None, None))


def _best(pair: tuple[float | None, float | None]) -> float:
    what, did = pair
    return (0.3 if what is None else what) * 2 + (0.5 if did is None else did)


def what_agrees(a: Meaning, b: Meaning) -> float | None:
    if not a.objects or not b.objects:
        return None
    same = a.language == b.language
    agreed = _mixed(covered(a.objects, b.objects, same), covered(b.objects, a.objects, same))
    if same or agreed >= ACROSS:
        return agreed
    return agreed + (ACROSS - agreed) * max(_unknown(a), _unknown(b))


def done_agrees(a: Meaning, b: Meaning) -> float | None:
    if max((t.weight for t in a.actions), default=0.0) < SAID or max((t.weight for t in b.actions), default=0.0) < SAID:
        return None
    return _mixed(done(a.actions, b.actions), done(b.actions, a.actions))


def _mixed(x: float, y: float) -> float:
    """Between the two directions: a name that says less is not a different name, and not quite the same one."""
    return (x + y) / 2


def _unknown(m: Meaning) -> float:
    return sum(t.weight for t in m.objects if not t.ids) / sum(t.weight for t in m.objects)


# ---- the other fields --------------------------------------------------------------------------------------------------
def same_code(a: tuple[str, ...], b: tuple[str, ...]) -> float | None:
    """1 the same code, 0.6 the same parent, 0.3 the same branch, 0 different."""
    if not a or not b:
        return None
    if a == b:
        return 1.0
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if shared >= 2:
        return 0.6
    return 0.0


def _both(a: Meaning | None, b: Meaning | None) -> float | None:
    return phrase_agreement(a, b) if a and b else None


@lru_cache(maxsize=400_000)
def _pooled(text: str) -> tuple[Term, ...]:
    m = meaning(text)
    return m.objects + tuple(Term(t.ids, t.weight * 0.7, t.phrase) for t in m.actions if t.weight >= SAID)


def _weight(m: Meaning) -> float:
    """What a phrase says about a system: 统计分析 stands in every list of functions and says next to nothing."""
    if not m.objects:
        return 0.2 if m.actions else 0.0
    return min(1.0, sum(t.weight for t in m.objects))


def phrase_agreement(a: Meaning, b: Meaning) -> float:
    return _phrases(a.text, b.text, a.language == b.language) if a.text <= b.text else _phrases(b.text, a.text, a.language == b.language)


@lru_cache(maxsize=1_000_000)
def _phrases(a: str, b: str, same: bool) -> float:
    if a == b:
        return 1.0
    x, y = _pooled(a), _pooled(b)
    if not x or not y:
        return 0.0
    return _mixed(covered(x, y, same), covered(y, x, same))


def overlap(a: tuple[Meaning, ...], b: tuple[Meaning, ...]) -> tuple[float | None, float, float]:
    """Agreement of two lists of functions, and the share of each list that the other has."""
    if not a or not b:
        return None, 0.0, 0.0
    one, other = _share(a, b), _share(b, a)
    return _mixed(one, other), one, other


def _share(a: tuple[Meaning, ...], b: tuple[Meaning, ...]) -> float:
    whole = sum(map(_weight, a))
    return sum(_weight(x) * _counted(max(phrase_agreement(x, y) for y in b)) for x in a) / whole if whole else 0.0


def _counted(agreed: float) -> float:
    return agreed if agreed >= NOT_SHARED else 0.0


def _items(a: tuple[Meaning, ...], b: tuple[Meaning, ...]) -> float | None:
    if not a or not b:
        return None
    return _mixed(_found(a, b), _found(b, a))


def _found(a: tuple[Meaning, ...], b: tuple[Meaning, ...]) -> float:
    return sum(_counted(max(phrase_agreement(x, y) for y in b)) for x in a) / len(a)
