"""The bilingual capability thesaurus: objects, actions, forms and target groups of systems.

It is data (data/thesaurus/*.txt), maintained by the owner of the register. A line is

    id < parent, parent | zh alias、zh alias | en alias; en alias | + part, part

below a heading `@o` (object), `@a` (action), `@f` (form) or `@s` (side), optionally with a weight: `@o 0.4` for
very general concepts. A parent may have a number, `approve < handle 0.9`: their agreement, if it differs from the
default (NEAR, FAR). `+id | zh | en` adds names to a concept of another file. The first alias of a language is the
label. Parts are other concepts that the words contain: 雪亮工程 is public safety and also video and surveillance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from policies.duplicates.collecting import uncollected
from policies.duplicates.normalise import plain, stem

DATA = Path(__file__).parent / "data"
MORE = "+"
"""Role of a line that only adds names to a concept of another file."""
ROLES = {"o": "object", "a": "action", "f": "form", "s": "side"}
NEAR, FAR, COUSINS = 0.65, 0.45, 0.5
"""Agreement of a concept with its parent: NEAR for a finer kind of the same thing (files 3x), FAR for a member of a
domain. Two concepts with a common ancestor agree by the product of their paths to it, times COUSINS."""
FINE = "3"
PART_SHARE = 0.7
"""Weight of a part that a word contains beside its own concept."""

WORDS = re.compile(r"[a-z0-9][a-z0-9.'&+]*")


class ThesaurusError(ValueError):
    """The thesaurus cannot be used. Lists all problems, each with file:line."""


@dataclass(frozen=True, slots=True)
class Concept:
    id: str
    role: str
    weight: float
    parents: tuple[str, ...]
    shares: tuple[float, ...]
    """Agreement with each parent."""
    zh: tuple[str, ...]
    en: tuple[str, ...]
    parts: tuple[str, ...]
    place: str

    def label(self, language: str) -> str:
        names = self.zh if language == "zh" else self.en
        return names[0] if names else self.id


@dataclass(frozen=True)
class Thesaurus:
    """Concepts by id, and the tables of words that denote them."""

    concepts: dict[str, Concept]
    zh: dict[str, tuple[str, ...]] = field(default_factory=dict)
    en: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    stems: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    kinships: dict[tuple[str, str], float] = field(default_factory=dict)

    @cached_property
    def up(self) -> dict[str, dict[str, float]]:
        """Concept id -> {itself and its ancestors: agreement with them}."""
        ancestors: dict[str, dict[str, float]] = {}
        for id_ in self.concepts:
            self._climb(id_, 1.0, ancestors.setdefault(id_, {}))
        return ancestors

    def _climb(self, id_: str, share: float, ancestors: dict[str, float]) -> None:
        ancestors[id_] = max(ancestors.get(id_, 0.0), share)
        concept = self.concepts[id_]
        for parent, kin in zip(concept.parents, concept.shares, strict=True):
            self._climb(parent, share * kin, ancestors)

    def kinship(self, a: str, b: str) -> float:
        """Agreement of two concepts, 0 to 1: 1 the same, NEAR or FAR for parent and child, less for cousins."""
        kin = self.kinships.get((a, b))
        if kin is None:
            above, others = self.up[a], self.up[b]
            kin = max(
                (s * others[id_] * (1.0 if id_ in (a, b) else COUSINS) for id_, s in above.items() if id_ in others),
                default=0.0,
            )
            self.kinships[a, b] = self.kinships[b, a] = kin
        return kin

    def is_a(self, id_: str, ancestor: str) -> bool:
        return id_ == ancestor or any(self.is_a(parent, ancestor) for parent in self.concepts[id_].parents)


@lru_cache(maxsize=4)
@uncollected()
def load(folder: Path = DATA / "thesaurus") -> Thesaurus:
    """The thesaurus of a directory. Raises ThesaurusError with all problems."""
    concepts: dict[str, Concept] = {}
    problems: list[str] = []
    more: list[Concept] = []
    for path in sorted(folder.glob("*.txt")):
        for concept in _read(path, problems):
            if concept.role == MORE:
                more.append(concept)
                continue
            if concept.id in concepts:
                problems.append(f"{concept.place}: {concept.id} is already at {concepts[concept.id].place}")
            concepts[concept.id] = concept
    _add_names(concepts, more, problems)
    problems += [
        f"{c.place}: {c.id} names {other}, which does not exist"
        for c in concepts.values()
        for other in (*c.parents, *c.parts)
        if other not in concepts
    ]
    problems += [
        f"{c.place}: {c.id} is its own ancestor" for c in concepts.values() if not problems and _loops(c, concepts)
    ]
    if problems or not concepts:
        raise ThesaurusError("\n".join(problems or [f"{folder}: no concept found"]))
    return Thesaurus(concepts, _zh(concepts), _en(concepts, singular), _en(concepts, english))


def _add_names(concepts: dict[str, Concept], more: list[Concept], problems: list[str]) -> None:
    """Further names of concepts, from lines with a + before the id."""
    for item in more:
        concept = concepts.get(item.id)
        if concept is None:
            problems.append(f"{item.place}: +{item.id} adds names to a concept that does not exist")
        else:
            concepts[item.id] = replace(concept, zh=concept.zh + item.zh, en=concept.en + item.en)


def _loops(concept: Concept, concepts: dict[str, Concept]) -> bool:
    seen: set[str] = set()
    todo = list(concept.parents)
    while todo:
        id_ = todo.pop()
        if id_ == concept.id:
            return True
        if id_ not in seen:
            seen.add(id_)
            todo += concepts[id_].parents
    return False


def _read(path: Path, problems: list[str]) -> Iterator[Concept]:
    role, weight = "", 1.0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            role, _, share = line[1:].partition(" ")
            weight = float(share or 1)
            continue
        head, *rest = (part.strip() for part in line.split("|"))
        id_, _, parents = (part.strip() for part in head.partition("<"))
        if head.startswith("+") and len(rest) == 2:
            yield Concept(
                id_[1:], MORE, 0.0, (), (), _list(rest[0], "、"), _list(rest[1], ";"), (), f"{path.name}:{number}"
            )
            continue
        if role not in ROLES or not re.fullmatch(r"[a-z][a-z0-9_]*", id_) or not 2 <= len(rest) <= 3:
            problems.append(
                f"{path.name}:{number}: not a concept: `id < parents | zh | en | + parts` below @o, @a, @f or @s"
            )
            continue
        parts = rest[2].lstrip("+") if len(rest) == 3 else ""
        named = [parent.partition(" ") for parent in _list(parents, ",")]
        kin = (float(s or (NEAR if not n and path.name.startswith(FINE) else FAR)) for n, (_, _, s) in enumerate(named))
        yield Concept(
            id_,
            role,
            weight,
            tuple(parent for parent, _, _ in named),
            tuple(kin),
            _list(rest[0], "、"),
            _list(rest[1], ";"),
            _list(parts, ","),
            f"{path.name}:{number}",
        )


def _list(text: str, mark: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(mark) if part.strip()))


def _zh(concepts: dict[str, Concept]) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = defaultdict(list)
    for concept in concepts.values():
        for alias in concept.zh:
            table[plain(alias).replace(" ", "")].append(concept.id)
    return {alias: _finest(ids, concepts) for alias, ids in table.items()}


def _en(concepts: dict[str, Concept], form: Callable[[str], tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    table: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for concept in concepts.values():
        for alias in concept.en:
            table[form(alias)].append(concept.id)
    return {words: _finest(ids, concepts) for words, ids in table.items()}


def _finest(ids: list[str], concepts: dict[str, Concept]) -> tuple[str, ...]:
    """Without ids that are ancestors of others: an alias of both parent and child belongs to the child."""
    if len(ids) == 1:
        return (ids[0],)
    above: set[str] = set()
    todo = [parent for id_ in ids for parent in concepts[id_].parents]
    while todo:
        id_ = todo.pop()
        if id_ not in above:
            above.add(id_)
            todo += concepts[id_].parents
    return tuple(id_ for id_ in dict.fromkeys(ids) if id_ not in above)


@lru_cache(maxsize=65536)
def english(text: str) -> tuple[str, ...]:
    """The stems of an English text, in which aliases and names are compared."""
    return tuple(stem(word.removesuffix("'s").strip("'.")) for word in WORDS.findall(plain(text).replace("-", " ")))


@lru_cache(maxsize=65536)
def singular(text: str) -> tuple[str, ...]:
    """The words of an English text in the singular; looked up before the stems, which join too much (plant,
    planting)."""
    return tuple(
        _singular(word.removesuffix("'s").strip("'.")) for word in WORDS.findall(plain(text).replace("-", " "))
    )


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
