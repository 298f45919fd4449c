"""The check: a register, one application or all against all, and what the committee should see of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING

from policies.duplicates.compare import Agreement, EntryProfile, at_first, at_second, profile
from policies.duplicates.entry import Entry
from policies.duplicates.normalise import plain
from policies.duplicates.relation import ELSEWHERE, REUSE, SAME_SYSTEM
from policies.duplicates.verdict import (
    BLOCK,
    LEAST_CONTENT,
    MARGIN,
    NONE,
    REVIEW,
    TOO_LITTLE,
    PairVerdict,
    hopeless,
    judge,
)
from policies.duplicates.weights import load as load_weights

if TYPE_CHECKING:
    from policies.duplicates.blocking import FirstPass
    from policies.duplicates.candidates import Index

MOST_REVIEWS, MOST_HINTS, MOST_DOUBTS, MOST_TRIED = 3, 3, 1, 12
ALL_PAIRS = 60
"""Registers up to this size are compared pair by pair, larger ones through the index."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CheckResult:
    compared: int
    """Systems that were in reach of the comparison: the register's size, and for all against all its size as well."""
    judgements: tuple[PairVerdict, ...]
    """What is shown: every block, at most three reviews and three hints an application, every entry that says
    too little."""
    looked_at: int
    """Pairs that were scored in full."""
    more: dict[str, int] = field(default_factory=dict)
    """Id of an application -> candidates above the low line beyond those that are shown."""

    @property
    def blocked(self) -> bool:
        return any(j.verdict == BLOCK for j in self.judgements)


def _room(name: str) -> ModuleType:
    """A module that brings numpy along, which the gate with some dozens of systems need not wait for."""
    return import_module(f"{__package__}.{name}")


class Finder:
    """A register ready to be asked: profiles and, where it is large, the index and its texts as arrays."""

    def __init__(
        self, profiles: Sequence[EntryProfile], index: Index | None = None, look: FirstPass | None = None
    ) -> None:
        self.profiles = profiles
        ids = getattr(profiles, "ids", None) or [p.entry.id for p in profiles]
        self.number = {id_: i for i, id_ in enumerate(ids)}
        self.index, self.look = index, look
        if index is None and len(profiles) > ALL_PAIRS:
            self.index, self.look = _room("candidates").build(profiles), _room("blocking").build(profiles)

    def near(self, entry_profile: EntryProfile, but: int = -1) -> list[int]:
        """The entries worth comparing, without entry `but`: such as may become a review, and a few that can only be
        hints."""
        if self.index is None:
            return [i for i in range(len(self.profiles)) if i != but]
        return self.index.candidates(_room("candidates").keys(entry_profile), but, self.index.open(entry_profile.entry))

    def judged(self, entry_profile: EntryProfile, but: int = -1) -> tuple[list[PairVerdict], int]:
        """Candidates near the low line with their verdicts, the most bits first, and how many reviews there may be
        beyond.

        Every one that could be a block is among them, the best MOST_JUDGED that may become a review, and the best
        hints."""
        near = self.near(entry_profile, but)
        if self.look is None:
            found = [j for i in near if (j := _judged(entry_profile, self.profiles[i]))]
            return sorted(found, key=_most_bits), 0
        assert self.index is not None
        can = self.index.open(entry_profile.entry)
        pairs = self.look.hopeful(entry_profile, near, load_weights())
        return self._best(entry_profile, [p for p in pairs if can[p[1]]], [p for p in pairs if not can[p[1]]])

    def _best(
        self,
        entry_profile: EntryProfile,
        reviews: Sequence[tuple[float, int]],
        hints: Sequence[tuple[float, int]],
        certain: frozenset[int] | None = None,
        known: KnownRegister | None = None,
    ) -> tuple[list[PairVerdict], int]:
        """The judgements of pairs given with the bits that they have at most, until there are as many as are shown.
        `certain`: those that can be a block, all judged. `known`: judgements that need not be made again, by ids."""
        weights = load_weights()
        found: list[PairVerdict] = []
        left = 0
        wanted = {REVIEW: MOST_REVIEWS, NONE: MOST_HINTS, TOO_LITTLE: MOST_DOUBTS, BLOCK: len(reviews)}
        for pairs in (reviews, hints):
            tried = 0
            for bits, i in pairs:
                may_block = pairs is reviews and bits >= weights.high - MARGIN and (certain is None or i in certain)
                enough = wanted[REVIEW if pairs is reviews else NONE] <= 0 or tried >= MOST_TRIED
                if enough and not may_block:
                    left += pairs is reviews and bits >= weights.low
                    continue
                other = self.profiles[i]
                j = known.get(entry_profile.entry.id, other.entry.id) if known else None
                j = j or judge(entry_profile, other, weights)
                tried += 1
                if j.bits >= weights.low or j.verdict == TOO_LITTLE or j.relation == SAME_SYSTEM:
                    found.append(j)
                    wanted[j.verdict] -= 1
        return sorted(found, key=_most_bits), left

    def each(self, known: KnownRegister | None = None) -> Iterator[tuple[EntryProfile, list[PairVerdict], int]]:
        """Every entry beside the earlier ones: what `judged` says of it."""
        if self.index is None or self.look is None:
            for number, one in enumerate(self.profiles):
                found = [j for other in self.profiles[:number] if (j := _judged(one, other))]
                yield one, sorted(found, key=_most_bits), 0
            return
        for near in _room("sweep").sweep(self.profiles, self.index, self.look, load_weights()):
            one = self.profiles[near.number]
            yield (one, *self._best(one, near.reviews, near.hints, near.certain, known))


def _most_bits(j: PairVerdict) -> tuple[float, str]:
    return -j.bits, j.b.entry.id


def _judged(entry_profile: EntryProfile, other: EntryProfile) -> PairVerdict | None:
    """The judgement, or None as soon as the pair cannot come near the low line; dear fields are compared last."""
    weights = load_weights()
    known: Agreement = {}
    for step in (at_first, at_second):
        known |= step(entry_profile, other)
        if hopeless(entry_profile, other, known, weights):
            return None
    return judge(entry_profile, other, weights, known)


def check_application(finder: Finder, application: Entry) -> CheckResult:
    """One application against the register; an entry with its id and one of its names is itself and is left out."""
    one = profile(application)
    own = finder.number.get(application.id, -1)
    if own >= 0 and not _itself(one, finder.profiles[own]):
        own = -1
    judged, left = finder.judged(one, own)
    shown, more = _shown(one, judged or _doubt(finder, one, own))
    more += left
    return CheckResult(
        len(finder.profiles) - (own >= 0), tuple(shown), len(judged), {application.id: more} if more else {}
    )


def _itself(a: EntryProfile, b: EntryProfile) -> bool:
    """Under one id, is it one system? An id alone could be borrowed to hide from the system that has it."""
    return not {plain(name) for name in a.entry.names}.isdisjoint(plain(name) for name in b.entry.names)


def check_register(finder: Finder, progress: Progress | None = None) -> CheckResult:
    """Every system against all others; each pair is shown once, the later entry as the application."""
    shown = KnownRegister()
    more: dict[str, int] = {}
    looked_at = 0
    for number, (one, judged, left) in enumerate(finder.each(shown)):
        looked_at += len(judged)
        few, beyond = _shown(one, judged or _doubt(finder, one, number))
        if beyond + left:
            more[one.entry.id] = beyond + left
        for j in few:
            shown.add(j)
        if progress:
            progress(number + 1, len(finder.profiles))
    return CheckResult(len(finder.profiles), tuple(sorted(shown.judgements(), key=_worst_first)), looked_at, more)


class KnownRegister:
    """Judgements by the ids of the two, whichever comes first."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], PairVerdict] = {}

    def add(self, j: PairVerdict) -> None:
        self._found.setdefault(_ids(j.a.entry.id, j.b.entry.id), j)

    def get(self, a: str, b: str) -> PairVerdict | None:
        return self._found.get(_ids(a, b))

    def judgements(self) -> Iterable[PairVerdict]:
        return self._found.values()


def _ids(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a <= b else (b, a)


def _worst_first(j: PairVerdict) -> tuple[int, float, str, str]:
    return (BLOCK, REVIEW, TOO_LITTLE, NONE).index(j.verdict), -j.bits, j.a.entry.id, j.b.entry.id


def _shown(entry_profile: EntryProfile, judged: list[PairVerdict]) -> tuple[list[PairVerdict], int]:
    blocks = [j for j in judged if j.verdict == BLOCK]
    reviews = [j for j in judged if j.verdict == REVIEW]
    hints = [j for j in judged if j.verdict == NONE and j.relation in (ELSEWHERE, SAME_SYSTEM, REUSE)]
    doubts = [j for j in judged if j.verdict == TOO_LITTLE]
    if entry_profile.content >= LEAST_CONTENT:
        doubts = [j for j in doubts if j.bits >= load_weights().low]
    return blocks + reviews[:MOST_REVIEWS] + hints[:MOST_HINTS] + doubts[:MOST_DOUBTS], max(
        0, len(reviews) - MOST_REVIEWS
    )


def _doubt(finder: Finder, entry_profile: EntryProfile, own: int) -> list[PairVerdict]:
    """An entry that nothing was found for because it says nothing must not pass in silence: it is shown beside
    any other."""
    if entry_profile.content >= LEAST_CONTENT:
        return []
    others = (i for i in range(len(finder.profiles)) if i != own)
    return [judge(entry_profile, finder.profiles[i]) for i in islice(others, MOST_DOUBTS)]


def score(entries: Iterable[Entry], pairs: Iterable[tuple[str, str]]) -> Iterator[PairVerdict]:
    """One judgement for every pair of ids, in order, repeats included. Raises KeyError for an id that is not there."""
    by_id = {e.id: e for e in entries}
    profiles: dict[str, EntryProfile] = {}

    def known(id_: str) -> EntryProfile:
        if id_ not in profiles:
            profiles[id_] = profile(by_id[id_])
        return profiles[id_]

    return (judge(known(a), known(b)) for a, b in pairs)


def timed(progress: Progress, every: float = 1.0) -> Progress:
    """Calls `progress` at most once in `every` seconds."""
    last = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            progress(done, of)

    return tell
