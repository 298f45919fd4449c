"""Bits of many pairs at once, for registers with tens of thousands of entries.

FirstPass.shortlist compares one application with many entries; this module compares arbitrary pairs, given as two
arrays of entry numbers. The agreement of known words is looked up in a table over all sets of concepts of the
register. Unknown words are compared by their characters only if they share a pair of characters. The bits equal
those of evaluate_pair except for rounding, without the fields other than names and code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.duplicates.blocking import SLOTS, CandidateTable, FirstPass, kinship_row, numbers
from policies.duplicates.compare import ACROSS, SAID
from policies.duplicates.meaning import shared_characters
from policies.duplicates.normalise import is_han
from policies.duplicates.verdict import LATER
from policies.duplicates.weights import Curve, Weights

Ints = NDArray[Any]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
SIZES = ((-1, 2), (2, 4), (4, SLOTS))
"""Ranges for the number of terms of the longer of two names: more than, and at most."""
AT_ONCE = 60_000
"""Pairs of names whose arrays are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Scorer:
    look: FirstPass
    weights: Weights
    sets: Ints
    """Per term, the number of its set of concepts; 0 for an unknown word."""
    kinship: Floats
    """Agreement of every two sets; row and column 0 are 0."""
    phrases: Ints
    """Per term, the number of its phrase; 0 for no term."""
    texts: tuple[str, ...]
    grams: NDArray[np.uint64]
    """Per text, one bit per pair of its Chinese characters (several pairs may share a bit); 0 for other scripts."""
    objects: Columns
    actions: Columns
    filled: Ints
    """Per row of names, the larger number of terms in objects and actions."""

    def bits(self, a: Ints, b: Ints) -> Floats:
        """Upper bound of the bits of each pair: the best pair of names, the codes, and for every other field that both
        entries have, the most that it can add. Infinite for equal names and for names too long for the table."""
        bits = np.empty(len(a))
        width = np.maximum(1, self._names(a) * self._names(b))
        ends = np.searchsorted(np.cumsum(width), np.arange(AT_ONCE, width.sum() + AT_ONCE, AT_ONCE))
        begin = 0
        for end in (*(ends + 1).tolist(), len(a)):
            end = min(end, len(a))
            if end > begin:
                bits[begin:end] = self._some(a[begin:end], b[begin:end])
            begin = max(begin, end)
        return bits

    def _some(self, a: Ints, b: Ints) -> Floats:
        bits = self.weights.start + self._best_names(a, b) + self._codes(a, b)
        for name in LATER:
            most = max(self.weights.fields[name].bits[-1], self.weights.fields[name].missing)
            bits += np.where(self.look.lists[name].some(a) & self.look.lists[name].some(b), most, 0.0)
        return np.asarray(bits)

    def more_fields(self, a: Ints, b: Ints) -> Bools:
        """Pairs in which both entries have a field other than names and code: their bits are only an upper bound."""
        shared = np.zeros(len(a), bool)
        for name in LATER:
            shared |= self.look.lists[name].some(a) & self.look.lists[name].some(b)
        return shared

    def _names(self, entries: Ints) -> Ints:
        return np.asarray(self.look.names.start[entries + 1] - self.look.names.start[entries])

    def _codes(self, a: Ints, b: Ints) -> Floats:
        curve = self.weights.fields["capability"]
        x, y = self.look.codes[a], self.look.codes[b]
        near = (x[:, 1] == y[:, 1]) & (x[:, 1] >= 0)
        agreed = np.where(x[:, 0] == y[:, 0], 1.0, np.where(near, 0.6, 0.0))
        return np.where((x[:, 0] < 0) | (y[:, 0] < 0), curve.missing, np.interp(agreed, curve.knots, curve.bits))

    # ---- names ---------------------------------------------------------------------------------------------------
    def _best_names(self, a: Ints, b: Ints) -> Floats:
        """Bits of the best pair of names, for each pair of entries."""
        mine, theirs = self._names(a), self._names(b)
        times = mine * theirs
        begins = np.cumsum(times) - times
        within = np.arange(times.sum()) - np.repeat(begins, times)
        wide = np.repeat(theirs, times)
        rows = np.repeat(self.look.names.start[a], times) + within // np.maximum(wide, 1)
        others = np.repeat(self.look.names.start[b], times) + within % np.maximum(wide, 1)
        bits = self._name_bits(rows, others)
        if len(bits) == len(a):
            return bits
        return np.asarray(np.maximum.reduceat(bits, begins))

    def _name_bits(self, x: Ints, y: Ints) -> Floats:
        """Bits of rows of names. Rows are grouped by their number of terms, so that short ones are not padded."""
        look = self.look
        terms = np.maximum(self.filled[x], self.filled[y])
        bits = np.empty(len(x))
        for least, most in SIZES:
            of = np.flatnonzero((terms > least) & (terms <= most))
            if len(of):
                bits[of] = self._sized(x[of], y[of], most)
        bits[look.objects.long[x] | look.actions.long[x] | look.objects.long[y] | look.actions.long[y]] = np.inf
        bits[look.keys[x] == look.keys[y]] = np.inf
        return bits

    def _sized(self, x: Ints, y: Ints, most: int) -> Floats:
        fields = self.weights.fields
        same = self.look.objects.english[x] == self.look.objects.english[y]
        acts, stated = self._acts(x, y, most)
        what = self._what(x, y, most, same, acts)
        return _bits(fields["name_what"], what) + _bits(fields["name_done"], np.where(stated, acts, np.nan))

    def _what(self, x: Ints, y: Ints, most: int, same: Bools, acts: Floats) -> Floats:
        """compare.what_agrees of rows of names; nan if one of the two has no terms."""
        tx, wx = self.objects.of(x, most)
        ty, wy = self.objects.of(y, most)
        mine, theirs = self._best(tx, ty, same, None, None)
        sx, sy = wx.sum(axis=0), wy.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            agreed = ((wx * mine).sum(axis=0) / sx + (wy * theirs).sum(axis=0) / sy) / 2
            unknown_x = (wx * (self.sets[tx] == 0)).sum(axis=0) / sx
            unknown_y = (wy * (self.sets[ty] == 0)).sum(axis=0) / sy
        across = agreed + (ACROSS - agreed) * np.maximum(unknown_x, unknown_y)
        what = np.where(same | (agreed >= ACROSS), agreed, across)
        return np.where((sx == 0) | (sy == 0), np.where((sx == 0) & (sy == 0), acts, np.nan), what)

    def _acts(self, x: Ints, y: Ints, most: int) -> tuple[Floats, Bools]:
        """The mean of meaning.done, and the rows in which both names state an action."""
        tx, wx = self.actions.of(x, most)
        ty, wy = self.actions.of(y, most)
        mine, theirs = self._best(tx, ty, np.ones(len(x), bool), wx, wy)
        with np.errstate(invalid="ignore", divide="ignore"):
            acts = (mine.sum(axis=0) / wx.sum(axis=0) + theirs.sum(axis=0) / wy.sum(axis=0)) / 2
        return acts, (wx.max(axis=0) >= SAID) & (wy.max(axis=0) >= SAID)

    def _best(self, x: Ints, y: Ints, same: Bools, wx: Floats | None, wy: Floats | None) -> tuple[Floats, Floats]:
        """Per term, its best agreement with a term of the other row; with weights, times the smaller of the two."""
        mine, theirs = np.zeros(x.shape, np.float32), np.zeros(y.shape, np.float32)
        sy, py = self.sets[y], self.phrases[y]
        for i, own in enumerate(x):
            sx, px = self.sets[own], self.phrases[own]
            for j in range(len(y)):
                agreed = self._agreement(sx, px, sy[j], py[j], same)
                if wx is not None and wy is not None:
                    agreed = agreed * np.minimum(wx[i], wy[j])
                np.maximum(mine[i], agreed, out=mine[i])
                np.maximum(theirs[j], agreed, out=theirs[j])
        return mine, theirs

    def _agreement(self, sx: Ints, px: Ints, sy: Ints, py: Ints, same: Bools) -> Floats:
        """meaning.agreement of one term of each row with one term of each other row."""
        agreed = self.kinship[sx, sy]
        open_ = np.flatnonzero(same & ((sx == 0) | (sy == 0)) & (px > 0) & (py > 0))
        if len(open_):
            p, q = px[open_], py[open_]
            likely = (p == q) | ((self.grams[p] & self.grams[q]) != 0)
            if likely.any():
                agreed[open_[likely]] = self._alike(p[likely], q[likely])
        return np.asarray(agreed)

    def _alike(self, first: Ints, second: Ints) -> Floats:
        """Agreement of texts by their characters; each distinct pair is computed once."""
        both, back = np.unique(first.astype(np.int64) * len(self.texts) + second, return_inverse=True)
        pairs = zip(*(part.tolist() for part in np.divmod(both, len(self.texts))), strict=True)
        alike = [1.0 if p == q else shared_characters(self.texts[p], self.texts[q]) for p, q in pairs]
        return np.asarray(np.array(alike)[back])


@dataclass(frozen=True, slots=True)
class Columns:
    """A table of FirstPass in column order, so that a column of many rows is contiguous in memory."""

    terms: Ints
    weights: Floats

    def of(self, rows: Ints, most: int) -> tuple[Ints, Floats]:
        return self.terms[:most, rows], self.weights[:most, rows]


def _columns(table: CandidateTable) -> Columns:
    return Columns(np.ascontiguousarray(table.terms.T), np.ascontiguousarray(table.weights.T))


def _bits(curve: Curve, agreed: Floats) -> Floats:
    return np.where(np.isnan(agreed), curve.missing, np.interp(agreed, curve.knots, curve.bits))


def scorer(look: FirstPass, weights: Weights) -> Scorer:
    """The scorer of a register."""
    sets: dict[tuple[str, ...], int] = {(): 0}
    phrases: dict[str, int] = {"": 0}
    numbered = np.array([sets.setdefault(ids, len(sets)) for ids, _ in look.terms], np.int32)
    worded = np.array([phrases.setdefault(phrase, len(phrases)) for _, phrase in look.terms], np.int32)
    return Scorer(
        look,
        weights,
        numbered,
        _kinship(list(sets)),
        worded,
        tuple(phrases),
        _grams(list(phrases)),
        _columns(look.objects),
        _columns(look.actions),
        np.maximum((look.objects.weights > 0).sum(axis=1), (look.actions.weights > 0).sum(axis=1)).astype(np.int8),
    )


def _kinship(sets: list[tuple[str, ...]]) -> Floats:
    """Kinship of every set of concepts with every other: the maximum over their concepts."""
    number = numbers()
    rows = np.stack([kinship_row(ids) for ids in sets]).astype(np.float32)
    widest = max(map(len, sets))
    columns = np.zeros((len(sets), max(1, widest)), np.int32)
    for i, ids in enumerate(sets):
        columns[i, : len(ids)] = [number[id_] for id_ in ids]
    table = rows[:, columns[:, 0]]
    for alternative in columns.T[1:]:
        np.maximum(table, rows[:, alternative], out=table)
    table[0] = table[:, 0] = 0.0
    return np.asarray(table)


def _grams(texts: list[str]) -> NDArray[np.uint64]:
    masks = np.zeros(len(texts), np.uint64)
    for i, text in enumerate(texts):
        if text and is_han(text[0]):
            mask = 0
            for at in range(len(text)):
                mask |= 1 << (hash_pair(text[at : at + 2]) & 63)
            masks[i] = mask
    return masks


def hash_pair(pair: str) -> int:
    """A hash that is equal in every process, unlike hash()."""
    return (ord(pair[0]) * 31 + (ord(pair[1]) if len(pair) > 1 else 7)) % 61
