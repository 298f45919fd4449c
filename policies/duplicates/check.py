"""Check of an application, or of a whole register, against a register, reduced to what the committee reads."""

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
    cannot_match,
    evaluate_pair,
)
from policies.duplicates.weights import load as load_weights

if TYPE_CHECKING:
    from policies.duplicates.blocking import FirstPass
    from policies.duplicates.candidates import Index

MOST_REVIEWS, MOST_HINTS, MOST_DOUBTS, MOST_TRIED = 3, 3, 1, 12
ALL_PAIRS = 60
"""Up to this size, registers are compared pair by pair; larger ones through the index."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CheckResult:
    compared: int
    """Systems that took part in the comparison: the size of the register."""
    verdicts: tuple[PairVerdict, ...]
    """Shown pairs: every block, at most three reviews and three hints per application, every entry with too little
    information."""
    looked_at: int
    """Pairs that were scored in full."""
    more: dict[str, int] = field(default_factory=dict)
    """Id of an application -> number of candidates above the review line that are not shown."""

    @property
    def blocked(self) -> bool:
        return any(j.verdict == BLOCK for j in self.verdicts)


def _module(name: str) -> ModuleType:
    """A module that imports numpy. Loaded on use, because the gate with a few dozen systems does not need it."""
    return import_module(f"{__package__}.{name}")


class Finder:
    """A prepared register: profiles and, if it is large, the index and its texts as arrays."""

    def __init__(
        self, profiles: Sequence[EntryProfile], index: Index | None = None, look: FirstPass | None = None
    ) -> None:
        self.profiles = profiles
        ids = getattr(profiles, "ids", None) or [p.entry.id for p in profiles]
        self.number = {id_: i for i, id_ in enumerate(ids)}
        self.index, self.look = index, look
        if index is None and len(profiles) > ALL_PAIRS:
            self.index, self.look = _module("candidates").build(profiles), _module("blocking").build(profiles)

    def near(self, entry_profile: EntryProfile, but: int = -1) -> list[int]:
        """Numbers of the entries to compare, without entry `but`: those that may become a review, and a few hints."""
        if self.index is None:
            return [i for i in range(len(self.profiles)) if i != but]
        return self.index.candidates(
            _module("candidates").keys(entry_profile), but, self.index.open(entry_profile.entry)
        )

    def evaluate(self, entry_profile: EntryProfile, but: int = -1) -> tuple[list[PairVerdict], int]:
        """Verdicts of candidates near the review line, highest bits first, and the number of possible further reviews.

        Contains every candidate that could be a block, the best ones that may become a review, and the best hints."""
        near = self.near(entry_profile, but)
        if self.look is None:
            verdicts = [j for i in near if (j := _evaluate_near(entry_profile, self.profiles[i]))]
            return sorted(verdicts, key=_most_bits), 0
        assert self.index is not None
        can = self.index.open(entry_profile.entry)
        pairs = self.look.shortlist(entry_profile, near, load_weights())
        return self._best(entry_profile, [p for p in pairs if can[p[1]]], [p for p in pairs if not can[p[1]]])

    def _best(
        self,
        entry_profile: EntryProfile,
        reviews: Sequence[tuple[float, int]],
        hints: Sequence[tuple[float, int]],
        certain: frozenset[int] | None = None,
        computed: VerdictsByIds | None = None,
    ) -> tuple[list[PairVerdict], int]:
        """Verdicts of pairs, given with upper bounds of their bits, until enough are found to be shown.

        Every entry in `certain` can be a block and is always evaluated. `computed`: verdicts that need not be computed
        again."""
        weights = load_weights()
        verdicts: list[PairVerdict] = []
        left = 0
        quota = {REVIEW: MOST_REVIEWS, NONE: MOST_HINTS, TOO_LITTLE: MOST_DOUBTS, BLOCK: len(reviews)}
        for pairs in (reviews, hints):
            tried = 0
            for bits, i in pairs:
                may_block = pairs is reviews and bits >= weights.high - MARGIN and (certain is None or i in certain)
                enough = quota[REVIEW if pairs is reviews else NONE] <= 0 or tried >= MOST_TRIED
                if enough and not may_block:
                    left += pairs is reviews and bits >= weights.low
                    continue
                other = self.profiles[i]
                j = computed.get(entry_profile.entry.id, other.entry.id) if computed else None
                j = j or evaluate_pair(entry_profile, other, weights)
                tried += 1
                if j.bits >= weights.low or j.verdict == TOO_LITTLE or j.relation == SAME_SYSTEM:
                    verdicts.append(j)
                    quota[j.verdict] -= 1
        return sorted(verdicts, key=_most_bits), left

    def each(self, computed: VerdictsByIds | None = None) -> Iterator[tuple[EntryProfile, list[PairVerdict], int]]:
        """`evaluate` for every entry against the earlier ones."""
        if self.index is None or self.look is None:
            for number, entry_profile in enumerate(self.profiles):
                verdicts = [j for other in self.profiles[:number] if (j := _evaluate_near(entry_profile, other))]
                yield entry_profile, sorted(verdicts, key=_most_bits), 0
            return
        for near in _module("sweep").sweep(self.profiles, self.index, self.look, load_weights()):
            entry_profile = self.profiles[near.number]
            yield (entry_profile, *self._best(entry_profile, near.reviews, near.hints, near.certain, computed))


def _most_bits(j: PairVerdict) -> tuple[float, str]:
    return -j.bits, j.b.entry.id


def _evaluate_near(entry_profile: EntryProfile, other: EntryProfile) -> PairVerdict | None:
    """The verdict, or None as soon as the pair cannot reach the review line; expensive fields are compared last."""
    weights = load_weights()
    agreement: Agreement = {}
    for step in (at_first, at_second):
        agreement |= step(entry_profile, other)
        if cannot_match(entry_profile, other, agreement, weights):
            return None
    return evaluate_pair(entry_profile, other, weights, agreement)


def check_application(finder: Finder, application: Entry) -> CheckResult:
    """One application against the register, without the entry that has its id and one of its names."""
    applicant = profile(application)
    own = finder.number.get(application.id, -1)
    if own >= 0 and not _itself(applicant, finder.profiles[own]):
        own = -1
    verdicts, left = finder.evaluate(applicant, own)
    shown, more = _shown(applicant, verdicts or _doubt(finder, applicant, own))
    more += left
    return CheckResult(
        len(finder.profiles) - (own >= 0), tuple(shown), len(verdicts), {application.id: more} if more else {}
    )


def _itself(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether two entries with one id are the same system. A shared id alone is no proof: it could be copied on
    purpose."""
    return not {plain(name) for name in a.entry.names}.isdisjoint(plain(name) for name in b.entry.names)


def check_register(finder: Finder, progress: Progress | None = None) -> CheckResult:
    """Every system against all others. Each pair is shown once, with the later entry as the application."""
    shown = VerdictsByIds()
    more: dict[str, int] = {}
    looked_at = 0
    for number, (entry_profile, verdicts, left) in enumerate(finder.each(shown)):
        looked_at += len(verdicts)
        few, beyond = _shown(entry_profile, verdicts or _doubt(finder, entry_profile, number))
        if beyond + left:
            more[entry_profile.entry.id] = beyond + left
        for j in few:
            shown.add(j)
        if progress:
            progress(number + 1, len(finder.profiles))
    return CheckResult(len(finder.profiles), tuple(sorted(shown.verdicts(), key=_worst_first)), looked_at, more)


class VerdictsByIds:
    """Verdicts by the unordered pair of ids."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], PairVerdict] = {}

    def add(self, j: PairVerdict) -> None:
        self._found.setdefault(_ids(j.a.entry.id, j.b.entry.id), j)

    def get(self, a: str, b: str) -> PairVerdict | None:
        return self._found.get(_ids(a, b))

    def verdicts(self) -> Iterable[PairVerdict]:
        return self._found.values()


def _ids(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a <= b else (b, a)


def _worst_first(j: PairVerdict) -> tuple[int, float, str, str]:
    return (BLOCK, REVIEW, TOO_LITTLE, NONE).index(j.verdict), -j.bits, j.a.entry.id, j.b.entry.id


def _shown(entry_profile: EntryProfile, verdicts: list[PairVerdict]) -> tuple[list[PairVerdict], int]:
    blocks = [j for j in verdicts if j.verdict == BLOCK]
    reviews = [j for j in verdicts if j.verdict == REVIEW]
    hints = [j for j in verdicts if j.verdict == NONE and j.relation in (ELSEWHERE, SAME_SYSTEM, REUSE)]
    doubts = [j for j in verdicts if j.verdict == TOO_LITTLE]
    if entry_profile.content >= LEAST_CONTENT:
        doubts = [j for j in doubts if j.bits >= load_weights().low]
    return blocks + reviews[:MOST_REVIEWS] + hints[:MOST_HINTS] + doubts[:MOST_DOUBTS], max(
        0, len(reviews) - MOST_REVIEWS
    )


def _doubt(finder: Finder, entry_profile: EntryProfile, own: int) -> list[PairVerdict]:
    """For an entry without usable content: one pair with any other entry, so that the entry is reported."""
    if entry_profile.content >= LEAST_CONTENT:
        return []
    others = (i for i in range(len(finder.profiles)) if i != own)
    return [evaluate_pair(entry_profile, finder.profiles[i]) for i in islice(others, MOST_DOUBTS)]


def score(entries: Iterable[Entry], pairs: Iterable[tuple[str, str]]) -> Iterator[PairVerdict]:
    """One verdict per pair of ids, in order, including repeats. Raises KeyError for an unknown id."""
    by_id = {e.id: e for e in entries}
    profiles: dict[str, EntryProfile] = {}

    def profile_of(id_: str) -> EntryProfile:
        if id_ not in profiles:
            profiles[id_] = profile(by_id[id_])
        return profiles[id_]

    return (evaluate_pair(profile_of(a), profile_of(b)) for a, b in pairs)


def timed(progress: Progress, every: float = 1.0) -> Progress:
    """Calls `progress` at most once per `every` seconds."""
    last = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            progress(done, of)

    return tell
