"""Fields bit by bit: the representation of values in the cross-check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.nftproof.fields import ABSENT, Field
from policies.nftproof.intervals import Spans
from policies.nftproof.sat.gates import FALSE, TRUE, Gates

GROUP = 8
"""Bits that are one formula, so that values with the same beginning share it."""


@dataclass(frozen=True, slots=True, eq=False)
class BitWord:
    """The value of a field at some point of the packet's path: its bits, lowest first, and whether it is absent."""

    bits: tuple[int, ...]
    absent: int = FALSE

    def value(self, truths: set[int]) -> int:
        if self.absent in truths:
            return ABSENT
        return sum(1 << at for at, bit in enumerate(self.bits) if (bit in truths if bit > 0 else -bit not in truths))


class Bits:
    """Creates words, and formulas about them."""

    def __init__(self, gates: Gates) -> None:
        self._gates = gates
        self._known: dict[tuple[BitWord, Spans], int] = {}

    def word(self, field: Field) -> BitWord:
        """Any value of the field."""
        gates, (first, _) = self._gates, field.domain[0]
        word = BitWord(tuple(gates.new() for _ in range(field.bits)), gates.new() if first == ABSENT else FALSE)
        gates.add(self.among(word, field.domain))
        return word

    def among(self, word: BitWord, values: Spans) -> int:
        """The value is one of these."""
        key = (word, values)
        if key not in self._known:
            self._known[key] = self._gates.any_of(self._between(word, low, high) for low, high in values)
        return self._known[key]

    def fits(self, word: BitWord, value: int, care: int) -> int:
        """The field is present, and these bits of it have these values."""
        literals = [bit if value >> at & 1 else -bit if care >> at & 1 else TRUE for at, bit in enumerate(word.bits)]
        formula = -word.absent
        for end in range(len(literals), 0, -GROUP):
            formula = self._gates.all_of([formula, *literals[max(0, end - GROUP) : end]])
        return formula

    def changed(
        self, word: BitWord, hit: int, new: BitWord, parted: int = TRUE, whole: BitWord | None = None
    ) -> BitWord:
        """The new value if `hit`, else the old one; until `parted`, the whole run's. Other bits stay as they are."""
        choice, bits = self._gates.choice, []
        for old_bit, new_bit, tied in zip(_parts(word), _parts(new), _parts(whole or word), strict=True):
            now = old_bit if new_bit == old_bit else choice(hit, new_bit, old_bit)
            bits.append(choice(parted, now, tied) if whole and now != old_bit else now)
        return BitWord(tuple(bits[:-1]), bits[-1])

    def with_bits(self, word: BitWord, mask: int, value: int) -> BitWord:
        """The word with the bits of the mask set to the value's."""
        constants = (TRUE if value >> at & 1 else FALSE for at in range(len(word.bits)))
        bits = tuple(
            constant if mask >> at & 1 else bit
            for at, (bit, constant) in enumerate(zip(word.bits, constants, strict=True))
        )
        return BitWord(bits, FALSE if mask + 1 == 1 << len(bits) else word.absent)

    def same(self, bit_word: BitWord, other: BitWord) -> int:
        pairs = zip(_parts(bit_word), _parts(other), strict=True)
        return self._gates.all_of(self._gates.choice(left, right, -right) for left, right in pairs)

    def _between(self, word: BitWord, low: int, high: int) -> int:
        if low == ABSENT:
            return self._gates.any_of([word.absent, self._between(word, 0, high) if high >= 0 else FALSE])
        free = (low ^ high).bit_length()
        if low & (1 << free) - 1 == 0 and high & (1 << free) - 1 == (1 << free) - 1:
            return self.fits(word, low, (1 << len(word.bits)) - (1 << free))
        return self._gates.all_of([-word.absent, self._least(word.bits, low), self._most(word.bits, high)])

    def _least(self, bits: Iterable[int], number: int) -> int:
        """The value is this or higher, decided by the highest bit that differs."""
        formula = TRUE
        for at, bit in enumerate(bits):
            formula = self._gates.all_of([bit, formula]) if number >> at & 1 else self._gates.any_of([bit, formula])
        return formula

    def _most(self, bits: Iterable[int], number: int) -> int:
        formula = TRUE
        for at, bit in enumerate(bits):
            formula = self._gates.any_of([-bit, formula]) if number >> at & 1 else self._gates.all_of([-bit, formula])
        return formula


def _parts(word: BitWord) -> tuple[int, ...]:
    return (*word.bits, word.absent)
