"""Groups of systems that need one common decision, built from the pairs of a register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.duplicates.compare import EntryProfile
from policies.duplicates.relation import SAME_SYSTEM
from policies.duplicates.verdict import BLOCK, REVIEW, PairVerdict


@dataclass(frozen=True, slots=True)
class Group:
    number: int
    """From 1, most severe first."""
    ids: tuple[str, ...]
    name: str
    """Name of the member with most pairs."""
    agencies: tuple[str, ...]
    verdict: str
    bits: float
    """Highest bits of its pairs."""
    pairs: tuple[PairVerdict, ...]


def groups(verdicts: Iterable[PairVerdict]) -> list[Group]:
    """Connected components over blocks, reviews and pairs of one system."""
    joined = [j for j in verdicts if j.verdict in (BLOCK, REVIEW) or j.relation == SAME_SYSTEM]
    above: dict[str, str] = {}

    def top(id_: str) -> str:
        above.setdefault(id_, id_)
        while above[id_] != id_:
            above[id_] = above[above[id_]]
            id_ = above[id_]
        return id_

    for j in joined:
        above[top(j.b.entry.id)] = top(j.a.entry.id)
    gathered: dict[str, list[PairVerdict]] = {}
    for j in joined:
        gathered.setdefault(top(j.a.entry.id), []).append(j)
    sorted_groups = sorted((_group(pairs) for pairs in gathered.values()), key=_worst)
    return [
        Group(number, g.ids, g.name, g.agencies, g.verdict, g.bits, g.pairs)
        for number, g in enumerate(sorted_groups, 1)
    ]


def _group(pairs: Sequence[PairVerdict]) -> Group:
    members: dict[str, EntryProfile] = {}
    links: Counter[str] = Counter()
    for j in pairs:
        for p in (j.a, j.b):
            members[p.entry.id] = p
            links[p.entry.id] += 1
    centre = min(members, key=lambda id_: (-links[id_], len(members[id_].entry.name), id_))
    verdict = BLOCK if any(j.verdict == BLOCK for j in pairs) else REVIEW
    agencies = sorted({p.entry.agency for p in members.values() if p.entry.agency})
    return Group(
        0,
        tuple(sorted(members)),
        members[centre].entry.name,
        tuple(agencies),
        verdict,
        max(j.bits for j in pairs),
        tuple(sorted(pairs, key=lambda j: (-j.bits, j.a.entry.id, j.b.entry.id))),
    )


def _worst(g: Group) -> tuple[bool, int, float, tuple[str, ...]]:
    return g.verdict != BLOCK, -len(g.ids), -g.bits, g.ids
