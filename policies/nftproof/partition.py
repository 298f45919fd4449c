"""A field's values in equivalence classes that no condition of the ruleset distinguishes.

Within a class any value stands for all: a set of values becomes a set of classes, and that is one whole number with a
bit for each class. Meeting and comparing such sets is then a single operation, however wide the field is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable

from policies.nftproof.intervals import Spans


class Partition:
    """The classes of one field under the sets in `used`. Values outside `domain` do not exist."""

    def __init__(self, domain: Spans, used: Iterable[Spans]) -> None:
        sets = [domain, *used]
        turns: dict[int, int] = defaultdict(int)
        for number, values in enumerate(sets):
            for low, high in values:
                turns[low] ^= 1 << number
                turns[high + 1] ^= 1 << number
        self._starts: list[int] = []  # of the intervals between turns that lie in the domain
        self._class_of: list[int] = []
        self.samples: list[list[tuple[int, int]]] = []  # class -> some of its intervals
        self._sweep(sorted(turns), turns)
        self._runs = [0] + [
            at for at in range(1, len(self._class_of)) if self._class_of[at] != self._class_of[at - 1] + 1
        ]
        self.full = (1 << len(self.samples)) - 1
        self._known: dict[Spans, int] = {}

    def _sweep(self, borders: list[int], turns: dict[int, int]) -> None:
        classes: dict[int, int] = {}
        inside = 0
        for at, border in enumerate(borders):
            inside ^= turns[border]
            if inside & 1:  # the domain is set number 0
                number = classes.setdefault(inside, len(classes))
                if number == len(self.samples):
                    self.samples.append([])
                if len(self.samples[number]) < 8:
                    self.samples[number].append((border, borders[at + 1] - 1))
                self._starts.append(border)
                self._class_of.append(number)

    def class_of(self, value: int) -> int:
        """The class of one value of the domain."""
        return self._class_of[bisect_right(self._starts, value) - 1]

    def mask(self, values: Spans) -> int:
        """The classes that make up `values`, which must be one of the sets that the partition was built for."""
        mask = self._known.get(values)
        if mask is None:
            mask = 0
            for low, high in values:
                mask |= self._between(bisect_left(self._starts, low), bisect_right(self._starts, high))
            self._known[values] = mask
        return mask

    def _between(self, first: int, last: int) -> int:
        """Classes of the intervals first .. last - 1, run by run: within a run classes are consecutive."""
        mask, run = 0, bisect_right(self._runs, first) - 1
        while first < last:
            stop = min(last, self._runs[run + 1] if run + 1 < len(self._runs) else last)
            mask |= ((1 << (stop - first)) - 1) << self._class_of[first]
            first, run = stop, run + 1
        return mask
