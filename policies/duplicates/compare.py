"""Agreement of two systems, field by field, from 0 to 1, or None if one of them leaves the field empty.

Agency and zone are not compared: neither owner nor location depends on the function of a system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.contrast import opposed
from policies.duplicates.entry import Entry, is_placeholder
from policies.duplicates.meaning import Meaning, Term, covered, done, meaning
from policies.duplicates.normalise import name_key, plain
from policies.duplicates.owners import without_agency
from policies.duplicates.thesaurus import DATA
from policies.duplicates.weights import load as load_weights

FIELDS = ("name_what", "name_done", "capability", "object", "functions", "produces", "consumes", "users", "contrast")
MOST_ITEMS, MOST_READ = 60, 1000
"""Items of a list that are compared (of functions the most informative), and functions that are read at all."""
LONGEST_PHRASE = 200
"""Characters of one item of a list that are read."""
NOT_SHARED = 0.35
"""Agreement from which two phrases count as the same function at all."""
ACROSS = 0.35
"""Agreement assumed for an unknown word across languages: it may be a translation of the other name."""
SAID = 0.3
"""Weight from which an action counts as stated: 管理 alone does not."""

Agreement = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class NamePhrase:
    """A short text and its terms, objects and actions together."""

    text: str
    language: str
    terms: tuple[Term, ...]
    weight: float
    """Information about a system: 统计分析 is in every list of functions and has almost none."""
    witness: bool = False
    """States an object and an action and is not a function of every system: sharing it can support a block."""


@dataclass(frozen=True, slots=True)
class EntryProfile:
    """An entry with the meaning of its texts. Computed once per entry."""

    entry: Entry
    names: tuple[Meaning, ...]
    code: tuple[str, ...]
    object: NamePhrase | None
    functions: tuple[NamePhrase, ...]
    produces: tuple[NamePhrase, ...]
    consumes: tuple[NamePhrase, ...]
    users: tuple[NamePhrase, ...]
    left_out: int
    """Functions, names and items beyond those that are compared."""
    keys: frozenset[str] = frozenset()
    """Its normalised names."""

    @property
    def content(self) -> float:
        """Total amount of comparable content; see Meaning.content."""
        return (
            max((m.content for m in self.names), default=0.0)
            + sum(f.weight for f in self.functions[:4])
            + (1.0 if self.code else 0.0)
        )


def profile(entry: Entry) -> EntryProfile:
    """The entry with its meanings. Excessive lists are cut; the rest is counted in `left_out`."""
    read = [text for text in entry.functions[:MOST_READ] if not is_placeholder(text)]
    own_names = {plain(name) for name in entry.names}
    functions = [p for p in map(phrase, read) if p.weight > 0 and plain(p.text) not in own_names]
    kept = functions if len(functions) <= MOST_ITEMS else sorted(functions, key=_weight, reverse=True)[:MOST_ITEMS]
    said_lists = (entry.produces, entry.consumes, entry.users)
    lists = (*(tuple(i for i in items if not is_placeholder(i)) for items in said_lists), entry.names)
    left_out = len(functions) - len(kept) + max(0, len(entry.functions) - MOST_READ)
    left_out += sum(max(0, len(items) - MOST_ITEMS) for items in lists)
    produces, consumes, users, names = (items[:MOST_ITEMS] for items in lists)
    return EntryProfile(
        entry,
        tuple(dict.fromkeys(meaning(part) for name in names for part in parts(without_agency(name, entry.agency)))),
        code(entry.capability),
        phrase(entry.object) if entry.object and not is_placeholder(entry.object) else None,
        tuple(kept),
        tuple(map(phrase, produces)),
        tuple(map(phrase, consumes)),
        tuple(map(phrase, users)),
        left_out,
        name_keys(entry.names),
    )


_PART_ZH = re.compile(
    r"(?<=系统|平台|软件|网站|门户|模块)[”\"'』」]*\s*(?:和|与|及|以及|、|，|,|/|\+|暨)\s*[“\"'『「]*(?=[\u3400-\u9fffA-Za-z])"
)
_PART_EN = re.compile(
    r"(?:(?<=\))|(?<=system)|(?<=systems)|(?<=platform)|(?<=tool)|(?<=portal)|(?<=application)|(?<=database))"
    r"(?:,? and |, | & )(?=[A-Za-z])| / | // |; ",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def parts(name: str) -> tuple[str, ...]:
    """A name, and its parts if it lists several systems: 核对系统和监测平台, Workflow / Data Capture."""
    pieces = [piece.strip() for piece in re.split(_PART_ZH, name) for piece in re.split(_PART_EN, piece)]
    pieces = [piece for piece in pieces if sum(c.isalnum() for c in piece) > 3]
    return (name, *pieces[:MOST_PARTS]) if len(pieces) > 1 else (name,)


MOST_PARTS = 6


def _weight(p: NamePhrase) -> float:
    return p.weight


@lru_cache(maxsize=200_000)
def phrase(text: str) -> NamePhrase:
    """The phrase of a list item: a function, a kind of data, a group of users."""
    m = meaning(text[:LONGEST_PHRASE], plain_text=True)
    terms = m.objects + tuple(Term(t.ids, t.weight, t.phrase) for t in m.actions if t.weight >= SAID)
    weight = min(1.0, sum(t.weight for t in m.objects)) if m.objects else (0.2 if m.actions else 0.0)
    acts = any(t.weight >= SAID for t in m.actions)
    common = name_key(text) in _every_system()
    return NamePhrase(
        text, m.language, terms, 0.1 * weight if common else weight, bool(m.objects) and acts and not common
    )


@lru_cache(maxsize=1)
def _every_system() -> frozenset[str]:
    lines = (DATA / "every_system.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name_key(line) for line in lines if line and not line.startswith("#"))


def code(text: str) -> tuple[str, ...]:
    """A capability code from its root down: B03.02 -> B, 03, 02."""
    return tuple(re.findall(r"[a-z]+|\d+", plain(text)))


def compare(a: EntryProfile, b: EntryProfile, computed: Agreement | None = None) -> Agreement:
    """Agreement of all fields. `computed`: results of at_first, or of at_first and at_second."""
    agreement = computed or at_first(a, b)
    if "object" not in agreement:
        agreement = agreement | at_second(a, b)
    functions = _rounded(overlap(a.functions, b.functions)[0])
    apart = (functions is None or functions < AGREEING) and _opposed(a, b)
    return agreement | {"functions": functions, "contrast": 0.0 if apart else None}


AGREEING = 0.5
"""Agreement of the functions from which opposites in the names no longer count."""


def _opposed(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether the current names, in one language, contain opposites."""
    x, y = a.entry, b.entry
    if x.name_zh and y.name_zh:
        return opposed(x.name_zh, y.name_zh)
    return bool(x.name_en and y.name_en) and opposed(x.name_en, y.name_en)


def at_first(a: EntryProfile, b: EntryProfile) -> Agreement:
    """The fields with most information per cost; the others add a bounded number of bits (Weights.most)."""
    what, did = names(a, b)
    return {"name_what": what, "name_done": did, "capability": same_code(a.code, b.code)}


def at_second(a: EntryProfile, b: EntryProfile) -> Agreement:
    """The short fields: all but the functions, whose comparison costs as much as all others together."""
    return {
        "object": _rounded(_both(a.object, b.object)),
        "produces": _rounded(_items(a.produces, b.produces)),
        "consumes": _rounded(_items(a.consumes, b.consumes)),
        "users": _rounded(_items(a.users, b.users)),
    }


# ---- names ---------------------------------------------------------------------------------------------------------
def names(a: EntryProfile, b: EntryProfile) -> tuple[float | None, float | None]:
    """Agreement of objects and of actions, for the pair of names that agrees best."""
    if equal_names(a, b):
        return 1.0, 1.0
    pairs = [(_rounded(what_agrees(x, y)), _rounded(done_agrees(x, y))) for x in a.names for y in b.names]
    return max(pairs, key=_best, default=(None, None)) if len(pairs) > 1 else pairs[0] if pairs else (None, None)


def equal_names(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether the two share a name, ignoring editions."""
    return not a.keys.isdisjoint(b.keys)


@lru_cache(maxsize=65536)
def name_keys(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(name_key, names[:MOST_ITEMS])) - {""}


def _best(pair: tuple[float | None, float | None]) -> tuple[float, ...]:
    """Sort key by added bits, so that a further name never reduces them; the rest makes the choice symmetric."""
    curves = load_weights().fields
    bits = curves["name_what"].at(pair[0]) + curves["name_done"].at(pair[1])
    return bits, *(-1.0 if part is None else part for part in pair)


def _rounded(agreed: float | None) -> float | None:
    """Rounded, because the last digits depend on the order of summation."""
    return None if agreed is None else round(agreed, 9)


def what_agrees(a: Meaning, b: Meaning) -> float | None:
    if not a.objects and not b.objects and a.actions and b.actions:
        return _mixed(*done(a.actions, b.actions))
    if not a.objects or not b.objects:
        return None
    same = a.language == b.language
    agreed = _mixed(*covered(a.objects, b.objects, same))
    if same or agreed >= ACROSS:
        return agreed
    return agreed + (ACROSS - agreed) * max(_unknown(a), _unknown(b))


def done_agrees(a: Meaning, b: Meaning) -> float | None:
    if max((t.weight for t in a.actions), default=0.0) < SAID or max((t.weight for t in b.actions), default=0.0) < SAID:
        return None
    return _mixed(*done(a.actions, b.actions))


def _mixed(x: float, y: float) -> float:
    """Mean of both directions: a less specific name is neither a different name nor the same one."""
    return (x + y) / 2


def _unknown(m: Meaning) -> float:
    return sum(t.weight for t in m.objects if not t.ids) / sum(t.weight for t in m.objects)


# ---- the other fields ----------------------------------------------------------------------------------------------
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


def _both(a: NamePhrase | None, b: NamePhrase | None) -> float | None:
    return phrase_agreement(a, b) if a and b else None


def phrase_agreement(a: NamePhrase, b: NamePhrase) -> float:
    if a.text == b.text:
        return 1.0
    return _mixed(*covered(a.terms, b.terms, a.language == b.language))


def overlap(a: tuple[NamePhrase, ...], b: tuple[NamePhrase, ...]) -> tuple[float | None, float, float]:
    """Agreement of two lists of functions, and the share of each list that the other covers."""
    if not a or not b:
        return None, 0.0, 0.0
    mine, theirs = _best_of_each(a, b)
    share_a, share_b = _share(a, mine), _share(b, theirs)
    return _mixed(share_a, share_b), share_a, share_b


SHARED = 0.6
"""Agreement from which a committee would treat two functions as the same."""


def shares_witness(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether a function is shared that states object and action in one of the lists and is not one of every system."""
    mine, theirs = ([f for f in p.functions if name_key(f.text) not in _every_system()] for p in (a, b))
    return any((x.witness or y.witness) and phrase_agreement(x, y) >= SHARED for x in mine for y in theirs)


def _best_of_each(a: tuple[NamePhrase, ...], b: tuple[NamePhrase, ...]) -> tuple[list[float], list[float]]:
    """For each phrase of either list, its best agreement in the other; 0 if that is below NOT_SHARED."""
    table = [[agreed if (agreed := phrase_agreement(x, y)) >= NOT_SHARED else 0.0 for y in b] for x in a]
    return [max(row) for row in table], [max(column) for column in zip(*table, strict=True)]


def _share(phrases: tuple[NamePhrase, ...], shares: list[float]) -> float:
    whole = sum(p.weight for p in phrases)
    return sum(p.weight * agreed for p, agreed in zip(phrases, shares, strict=True)) / whole if whole else 0.0


def _items(a: tuple[NamePhrase, ...], b: tuple[NamePhrase, ...]) -> float | None:
    if not a or not b:
        return None
    mine, theirs = _best_of_each(a, b)
    return _mixed(sum(mine) / len(a), sum(theirs) / len(b))
