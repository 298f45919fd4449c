"""Blocking: selects the candidates that could reach the review line, for many candidates at once.

Computes for hundreds of pairs, in a few array operations, what compare and evaluate_pair compute for one. Texts
have up to SLOTS terms here. Entries with longer texts and pairs within 2 * MARGIN of the line are always kept, so
that no pair is excluded that evaluate_pair would not exclude.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from policies.duplicates.compare import ACROSS, NOT_SHARED, SAID, EntryProfile, NamePhrase
from policies.duplicates.meaning import Meaning, Term, agreement
from policies.duplicates.normalise import name_key
from policies.duplicates.segment import lexicon
from policies.duplicates.thesaurus import COUSINS
from policies.duplicates.verdict import LATER, MARGIN
from policies.duplicates.weights import Curve, Weights

SLOTS, ALTERNATIVES = 8, 3
Ints = NDArray[Any]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Key = tuple[tuple[str, ...], str]
"""A term without its weight: its concepts and its words."""


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """Texts as rows, their terms as columns."""

    terms: Ints
    weights: Floats
    english: Bools
    long: Bools
    """More terms than columns, or a term with more concepts than FirstPass.concepts has columns."""

    def of(self, rows: Ints) -> tuple[Ints, Floats]:
        """Terms and weights of the given rows, without columns that none of them uses."""
        weights = self.weights[rows]
        used = int(np.flatnonzero(weights.any(axis=0)).max(initial=0)) + 1
        return self.terms[rows, :used], weights[:, :used]


@dataclass(frozen=True, slots=True)
class Lists:
    """Rows of a table per entry: entry i has rows[start[i]:start[i + 1]]."""

    start: Ints
    rows: Ints

    def spread(self, entries: Ints) -> tuple[Ints, Ints]:
        """The rows of the given entries, concatenated, and the position at which each entry begins."""
        counts = self.start[entries + 1] - self.start[entries]
        begins = np.cumsum(counts) - counts
        return self.rows[np.repeat(self.start[entries] - begins, counts) + np.arange(counts.sum())], begins

    def some(self, entries: Ints) -> Bools:
        """Which of the entries have at least one row."""
        filled: Bools = self.start[entries + 1] > self.start[entries]
        return filled


@dataclass(frozen=True, slots=True)
class FirstPass:
    """All texts of a register as arrays."""

    objects: CandidateTable
    actions: CandidateTable
    names: Lists
    """Rows of `objects` and `actions`."""
    keys: Ints
    """Checksum of the normalised name of each of those rows; equal names are never excluded."""
    phrases: CandidateTable
    phrase_weights: Floats
    texts: Ints
    """Checksum of each row of `phrases`. Equal checksums count as full agreement; evaluate_pair compares the texts."""
    lists: dict[str, Lists]
    """Per field of verdict.LATER, rows of `phrases`."""
    codes: Ints
    """Per entry, the numbers of its code and of the first two levels of its code; -1 if it has none."""
    code_numbers: dict[tuple[str, ...], int]
    terms: list[Key]
    concepts: Ints
    """Per term, the numbers of its concepts; 0 if there is none."""

    def shortlist(self, entry_profile: EntryProfile, among: Sequence[int], weights: Weights) -> list[tuple[float, int]]:
        """The entries whose pair with `entry_profile` could reach the review line, highest bits first.

        The bits are an upper bound; they exceed the exact ones only by rounding, or if a text is too long for the
        table."""
        entries = np.asarray(among, np.int64)
        if not len(entries):
            return []
        bits = (
            weights.start + self._names(entry_profile, entries, weights) + self._code(entry_profile, entries, weights)
        )
        left = {
            name: weights.most(name) * self.lists[name].some(entries) for name in LATER if getattr(entry_profile, name)
        }
        for name in ("", *left):
            if name:
                bits += self._later(name, entry_profile, entries, weights.fields[name])
            rest = sum(left.values(), np.zeros(len(entries)))
            keep = bits + rest >= weights.low - 2 * MARGIN
            entries, bits = entries[keep], bits[keep]
            left = {other: most[keep] for other, most in left.items()}
        return sorted(zip(bits.tolist(), entries.tolist(), strict=True), reverse=True)

    # ---- names and code --------------------------------------------------------------------------------------------
    def _code(self, entry_profile: EntryProfile, entries: Ints, weights: Weights) -> Floats:
        curve = weights.fields["capability"]
        if not entry_profile.code:
            return np.full(len(entries), curve.missing)
        whole, first = self.codes[entries, 0], self.codes[entries, 1]
        near = (
            first == self.code_numbers.get(entry_profile.code[:2], -2)
            if len(entry_profile.code) > 1
            else np.zeros(len(entries), bool)
        )
        agreed = np.where(whole == self.code_numbers.get(entry_profile.code, -2), 1.0, np.where(near, 0.6, 0.0))
        return np.where(whole < 0, curve.missing, np.interp(agreed, curve.knots, curve.bits))

    def _names(self, entry_profile: EntryProfile, entries: Ints, weights: Weights) -> Floats:
        """Bits of the best pair of names."""
        rows, begins = self.names.spread(entries)
        most = np.full(len(rows), -np.inf)
        for name in entry_profile.names:
            if max(len(name.objects), len(name.actions)) > 4 * SLOTS:
                return np.full(len(entries), np.inf)
            bits = _bits(weights.fields["name_what"], self._what(name, rows))
            most = np.maximum(most, bits + _bits(weights.fields["name_done"], self._done(name, rows)))
            if name_key(name.text):
                most[self.keys[rows] == _checksum(name_key(name.text))] = np.inf
        most[self.objects.long[rows] | self.actions.long[rows]] = np.inf
        return np.maximum.reduceat(most, begins)

    def _what(self, name: Meaning, rows: Ints) -> Floats:
        """compare.what_agrees with every row; nan if one of the two has no terms."""
        terms, weights = self.objects.of(rows)
        whole = weights.sum(axis=1)
        if not name.objects:
            acts = self._acts(name, rows) if name.actions else np.full(len(rows), np.nan)
            return np.where(whole == 0, acts, np.nan)
        same = self.objects.english[rows] == (name.language == "en")
        agreed = self._covered(name.objects, terms, weights, same)
        with np.errstate(invalid="ignore", divide="ignore"):
            unknown = (weights * (self.concepts[terms, 0] == 0)).sum(axis=1) / whole
        own = sum(t.weight for t in name.objects if not t.ids) / sum(t.weight for t in name.objects)
        open_ = agreed + (ACROSS - agreed) * np.maximum(unknown, own)
        return np.where(whole == 0, np.nan, np.where(same | (agreed >= ACROSS), agreed, open_))

    def _done(self, name: Meaning, rows: Ints) -> Floats:
        """compare.done_agrees with every row; nan if one of the two has no action."""
        if max((t.weight for t in name.actions), default=0.0) < SAID:
            return np.full(len(rows), np.nan)
        agreed = self._acts(name, rows)
        return np.where(self.actions.weights[rows].max(axis=1) < SAID, np.nan, agreed)

    def _acts(self, name: Meaning, rows: Ints) -> Floats:
        """The mean of meaning.done with every row; nan if the row has no action."""
        terms, weights = self.actions.of(rows)
        mine = np.array([t.weight for t in name.actions])
        table = self._agreements(name.actions, terms, weights > 0, np.ones(len(rows), bool))
        table *= np.minimum(mine[:, None, None], weights[None])
        with np.errstate(invalid="ignore", divide="ignore"):
            other = table.max(axis=0).sum(axis=1) / weights.sum(axis=1)
        mean: Floats = (table.max(axis=2).sum(axis=0) / mine.sum() + other) / 2
        return mean

    # ---- the other fields ------------------------------------------------------------------------------------------
    def _later(self, field: str, entry_profile: EntryProfile, entries: Ints, curve: Curve) -> Floats:
        """Bits of a field of phrases: exact, or the maximum if a phrase is too long for the table."""
        own = getattr(entry_profile, field)
        mine: tuple[NamePhrase, ...] = own if isinstance(own, tuple) else (own,)
        bits = np.full(len(entries), curve.missing)
        there = self.lists[field].some(entries)
        if not there.any():
            return bits
        if len(mine) > SLOTS or any(len(p.terms) > 2 * SLOTS for p in mine):
            bits[there] = curve.bits[-1]
            return bits
        rows, begins = self.lists[field].spread(entries[there])
        long = np.logical_or.reduceat(self.phrases.long[rows], begins)
        agreed = self._listed(field, mine, rows, begins)
        bits[there] = np.where(long, curve.bits[-1], np.interp(agreed, curve.knots, curve.bits))
        return bits

    def _listed(self, field: str, mine: tuple[NamePhrase, ...], rows: Ints, begins: Ints) -> Floats:
        """compare.overlap, or compare._items, of one list with many: entry i has the rows from begins[i]."""
        table = np.stack([self._phrase(p, rows) for p in mine])
        if field == "object":
            best: Floats = np.maximum.reduceat(table, begins, axis=1)[0]
            return best
        table[table < NOT_SHARED] = 0.0
        weigh = field == "functions"
        own = np.array([p.weight if weigh else 1.0 for p in mine])
        theirs = self.phrase_weights[rows] if weigh else np.ones(len(rows))
        own_share = (own[:, None] * np.maximum.reduceat(table, begins, axis=1)).sum(axis=0) / own.sum()
        other_share = np.add.reduceat(theirs * table.max(axis=0), begins) / np.add.reduceat(theirs, begins)
        return np.asarray((own_share + other_share) / 2)

    def _phrase(self, phrase: NamePhrase, rows: Ints) -> Floats:
        """compare.phrase_agreement with every row."""
        equal = self.texts[rows] == _checksum(phrase.text)
        if not phrase.terms:
            return np.asarray(equal, np.float64)
        same = self.phrases.english[rows] == (phrase.language == "en")
        terms, weights = self.phrases.of(rows)
        agreed = self._covered(phrase.terms, terms, weights, same)
        return np.where(equal, 1.0, np.where(weights.max(axis=1) > 0, agreed, 0.0))

    # ---- terms -----------------------------------------------------------------------------------------------------
    def _covered(self, mine: tuple[Term, ...], terms: Ints, weights: Floats, same: Bools) -> Floats:
        """The mean of meaning.covered with every row; nan if a row is empty."""
        own = np.array([t.weight for t in mine])
        table = self._agreements(mine, terms, weights > 0, same)
        own_share = (own[:, None] * table.max(axis=2)).sum(axis=0) / own.sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Floats = (own_share + (weights * table.max(axis=0)).sum(axis=1) / weights.sum(axis=1)) / 2
        return mean

    def _agreements(self, mine: tuple[Term, ...], terms: Ints, there: Bools, same: Bools) -> Floats:
        """meaning.agreement of each term with every term of the rows; 0 if there is none."""
        numbers = self.concepts[terms]
        if not numbers[:, :, 1:].any():
            numbers = numbers[:, :, :1]
        in_thesaurus = numbers[:, :, 0] > 0
        table = np.zeros((len(mine), *terms.shape))
        not_in_thesaurus = there & same[:, None] & ~in_thesaurus
        for term, agreed in zip(mine, table, strict=True):
            if term.ids:
                agreed[:] = kinship_row(term.ids)[numbers].max(axis=2)
            at = np.nonzero(not_in_thesaurus if term.ids else there & same[:, None])
            agreed[at] = [agreement(term, _term(*self.terms[number])) for number in terms[at].tolist()]
        return table


def _checksum(text: str) -> int:
    return crc32(text.encode(errors="surrogatepass"))


def _bits(curve: Curve, agreed: Floats) -> Floats:
    return np.where(np.isnan(agreed), curve.missing, np.interp(agreed, curve.knots, curve.bits))


@lru_cache(maxsize=65536)
def _term(ids: tuple[str, ...], phrase: str) -> Term:
    return Term(ids, 1.0, phrase)


@lru_cache(maxsize=1)
def numbers() -> dict[str, int]:
    """Concept -> its number, from 1."""
    return {id_: i for i, id_ in enumerate(lexicon().thesaurus.concepts, 1)}


@lru_cache(maxsize=1)
def _below() -> dict[str, tuple[Ints, Floats]]:
    """Concept -> the concepts below it and itself, and how far each agrees with it."""
    shares: dict[str, dict[int, float]] = {}
    for id_, above in lexicon().thesaurus.up.items():
        for ancestor, share in above.items():
            shares.setdefault(ancestor, {})[numbers()[id_]] = share
    return {id_: (np.array(list(b), np.int32), np.array(list(b.values()))) for id_, b in shares.items()}


@lru_cache(maxsize=4096)
def kinship_row(ids: tuple[str, ...]) -> Floats:
    """Thesaurus.kinship of alternatives with every concept by number; 0 at 0."""
    row = np.zeros(len(numbers()) + 1)
    for id_ in ids:
        for above, share in lexicon().thesaurus.up[id_].items():
            below, shares = _below()[above]
            row[below] = np.maximum(row[below], share * shares * (1.0 if above == id_ else COUSINS))
            row[numbers()[above]] = max(row[numbers()[above]], share)
    return row


# ---- made from profiles --------------------------------------------------------------------------------------------
def build(profiles: Sequence[EntryProfile]) -> FirstPass:
    terms: dict[Key, int] = {((), ""): 0}
    names = [name for p in profiles for name in p.names]
    phrases: dict[str, tuple[int, NamePhrase]] = {}
    lists = {field: _lists([_phrases(p, field) for p in profiles], phrases) for field in LATER}
    unique = [phrase for _, phrase in phrases.values()]
    codes: dict[tuple[str, ...], int] = {}
    tables = [
        _table([(n.language, n.objects) for n in names], terms),
        _table([(n.language, n.actions) for n in names], terms),
        _table([(p.language, p.terms) for p in unique], terms),
    ]
    return FirstPass(
        objects=tables[0],
        actions=tables[1],
        names=Lists(_starts(len(p.names) for p in profiles), np.arange(len(names), dtype=np.int32)),
        phrases=tables[2],
        phrase_weights=np.array([p.weight for p in unique]),
        keys=np.array([_checksum(name_key(n.text)) for n in names], np.uint32),
        texts=np.array([_checksum(text) for text in phrases], np.uint32),
        lists=lists,
        codes=np.array([_numbered(p.code, codes) for p in profiles], np.int32).reshape(-1, 2),
        code_numbers=codes,
        terms=list(terms),
        concepts=_concepts(terms),
    )


def _phrases(p: EntryProfile, field: str) -> tuple[NamePhrase, ...]:
    value = getattr(p, field)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _lists(entries: Sequence[tuple[NamePhrase, ...]], phrases: dict[str, tuple[int, NamePhrase]]) -> Lists:
    rows = [phrases.setdefault(p.text, (len(phrases), p))[0] for listed in entries for p in listed]
    return Lists(_starts(map(len, entries)), np.array(rows, np.int32))


def _starts(lengths: Iterable[int]) -> Ints:
    return np.cumsum([0, *lengths], dtype=np.int32)


def _numbered(code: tuple[str, ...], codes: dict[tuple[str, ...], int]) -> tuple[int, int]:
    number: Callable[[tuple[str, ...]], int] = lambda c: codes.setdefault(c, len(codes))  # noqa: E731
    return (number(code) if code else -1, number(code[:2]) if len(code) > 1 else -1)


def _concepts(terms: Iterable[Key]) -> Ints:
    number = numbers()
    return np.array(
        [[number[id_] for id_ in ids[:ALTERNATIVES]] + [0] * (ALTERNATIVES - len(ids)) for ids, _ in terms], np.int32
    )


def _table(texts: Sequence[tuple[str, tuple[Term, ...]]], numbers: dict[Key, int]) -> CandidateTable:
    terms, weights = np.zeros((len(texts), SLOTS), np.int32), np.zeros((len(texts), SLOTS), np.float32)
    at, column, number, weight = [], [], [], []
    for row, (_, row_terms) in enumerate(texts):
        for place, term in enumerate(row_terms[:SLOTS]):
            at.append(row)
            column.append(place)
            number.append(numbers.setdefault((term.ids, term.phrase), len(numbers)))
            weight.append(term.weight)
    terms[at, column], weights[at, column] = number, weight
    long = [len(row_terms) > SLOTS or any(len(t.ids) > ALTERNATIVES for t in row_terms) for _, row_terms in texts]
    return CandidateTable(
        terms, weights, np.array([language == "en" for language, _ in texts], bool), np.array(long, bool)
    )
