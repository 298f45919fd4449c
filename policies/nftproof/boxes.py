"""Conditions as boxes: for each relevant field the matching values; a packet matches if all its fields do.

This is where bit tests of wide fields become tests of pieces: a mark whose rules test single bits is cut at the borders
of those masks, and each piece is a field of its own, so that every condition stays a box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from policies.nftproof import fields
from policies.nftproof.conditions import Alternative, ConditionTerm, Test
from policies.nftproof.fields import Field
from policies.nftproof.intervals import Spans, cubes, meet, single, union
from policies.nftproof.statements import Choice, FieldChange, Step, When

RawBox = dict[str, Spans]
"""Field name -> values. A field that is not named may have any value."""
PRODUCT = 512
"""More combinations of alternatives than this become one defined yes-or-no field instead of separate boxes."""


OF_A_STATEMENT = ")"
"""Suffix of a field that a single statement tests: each execution of the statement has its own value."""
TRANSLATED = "translated"
"""Suffix of a field after the place of the hook where the packet may be translated."""


def narrowed(box: RawBox, other: RawBox) -> RawBox | None:
    """The intersection; None if it is empty."""
    result = dict(box)
    for name, values in other.items():
        both = meet(result[name], values) if name in result else values
        if not both:
            return None
        result[name] = both
    return result


def around(boxes: Sequence[RawBox]) -> RawBox:
    """The smallest box that contains all of them."""
    shared = set(boxes[0]).intersection(*boxes[1:])
    return {name: union(box[name] for box in boxes) for name in sorted(shared)}


@dataclass(slots=True)
class Boxer:
    """Turns terms into boxes. `pieces`: the bits at which a field is cut; `members`: the fields defined here."""

    pieces: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    members: dict[str, list[RawBox]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)  # changed field -> its name from here on
    roots: dict[str, str] = field(default_factory=dict)  # version -> the field it is a value of
    early: bool = False  # before the kernel looks up the packet's connection
    path: str = ""  # of the calls that lead here

    def narrow(self, boxes: list[RawBox], term: ConditionTerm) -> list[RawBox]:
        """The part of the boxes in which the term holds."""
        needs: RawBox = {}
        for name, values in term.needs:
            more = narrowed(needs, {self.now(name, fields.BASE_FIELDS[name]): values})
            if more is None:
                return []
            needs = more
        options = [box for alternative in term.alternatives for box in self._boxes(alternative)]
        if term.negated:
            boxes = self._having(boxes, term)
            options = [] if {} in options else [{self.member(options): single(0)}] if options else [{}]
        elif len(options) > 1 and len(options) * len(boxes) > max(PRODUCT, len(options), len(boxes)):
            options = [self.named(options)]
        possible = [inside for box in boxes if (inside := narrowed(box, needs)) is not None]
        return [inside for box in possible for option in options if (inside := narrowed(box, option)) is not None]

    def _having(self, boxes: list[RawBox], term: ConditionTerm) -> list[RawBox]:
        """The part of the boxes that has every field of the term: `!=` does not match a field that is absent."""
        tested = {test.field.name: test.field for alternative in term.alternatives for test in alternative}
        for tested_field in tested.values():
            if tested_field.values != tested_field.domain:
                presence = self._boxes((Test(tested_field, tested_field.values),))
                boxes = [both for box in boxes for present in presence if (both := narrowed(box, present)) is not None]
        return boxes

    def named(self, boxes: Sequence[RawBox]) -> RawBox:
        """Several boxes as one: a field that is 1 exactly within them, and the box around them."""
        return around(boxes) | {self.member(boxes): single(1)}

    def member(self, boxes: Sequence[RawBox]) -> str:
        """A defined field that is 1 if a packet lies in one of the boxes, else 0."""
        name = f"within {len(self.members) + 1}"
        self.members[name] = list(boxes)
        self.fields[name] = fields.chance(name)
        return name

    def _boxes(self, alternative: Alternative) -> list[RawBox]:
        boxes: list[RawBox] = [{}]
        for test in alternative:
            choices = list(self._cut(test))
            boxes = [inside for box in boxes for option in choices if (inside := narrowed(box, option)) is not None]
        return boxes

    def _cut(self, test: Test) -> Iterator[RawBox]:
        name = test.field.name
        if name not in self.pieces:
            if test.values:
                yield {self.now(name, test.field): test.values}
            return
        pairs = test.cubes or tuple(cubes(meet(test.values, test.field.values), test.field.bits))
        for value, care in pairs:
            yield dict(self._pieces(test.field, value, care)) or self.present(test.field)

    def present(self, field_: Field) -> RawBox:
        """The packets that have the field at all."""
        if field_.domain[0][0] != fields.ABSENT:
            return {}
        high, low = self.pieces.get(field_.name, [(field_.bits - 1, 0)])[0]
        name = self.piece(field_, high, low) if field_.name in self.pieces else self.now(field_.name, field_)
        return {name: self.fields[name].values}

    def _pieces(self, whole: Field, value: int, care: int) -> Iterator[tuple[str, Spans]]:
        for high, low in self.pieces[whole.name]:
            size = (1 << (high - low + 1)) - 1
            part_value, part_care = value >> low & size, care >> low & size
            if part_care or whole.domain[0][0] == fields.ABSENT:
                name = self.piece(whole, high, low)
                yield name, ((part_value, part_value | size & ~part_care),)

    def piece(self, whole: Field, high: int, low: int) -> str:
        first = fields.ABSENT if whole.domain[0][0] == fields.ABSENT else 0
        name = f"{whole.name}[{high}:{low}]"
        return self.now(name, Field(name, ((first, (1 << (high - low + 1)) - 1),)))

    def now(self, name: str, field_: Field) -> str:
        """The name of a field at this point of the hook."""
        root = f"{name} before tracking" if self.early and name.startswith("ct ") else name
        if self.path and name.endswith(OF_A_STATEMENT):
            root = f"{name} by {self.path}"
        current = self.versions.get(root, root)
        self.fields.setdefault(current, replace(field_, needs=()))
        self.roots.setdefault(current, root)
        return current

    def changed(self, step: FieldChange) -> list[tuple[str, str, int | None]]:
        """Gives a changed field new names: (old name, new name, new value or None for any) for each of its pieces."""
        whole, bits = step.field, step.field.bits
        if whole.name not in self.pieces:
            return [self._renamed(whole.name, whole, step.value)]
        changes = []
        for high, low in self.pieces[whole.name]:
            size = (1 << (high - low + 1)) - 1
            if (step.mask if step.mask is not None else (1 << bits) - 1) >> low & size:
                name = f"{whole.name}[{high}:{low}]"
                self.piece(whole, high, low)
                value = None if step.value is None else step.value >> low & size
                changes.append(self._renamed(name, self.fields[self.now(name, whole)], value))
        return changes

    def translated(self, field_: Field) -> None:
        """From here on the field may have any value."""
        if field_.name in self.pieces:
            for high, low in self.pieces[field_.name]:
                self.piece(field_, high, low)
                self._renamed(f"{field_.name}[{high}:{low}]", field_, None, TRANSLATED)
        else:
            self._renamed(field_.name, field_, None, TRANSLATED)

    def _renamed(self, name: str, field_: Field, value: int | None, how: str = "") -> tuple[str, str, int | None]:
        old = self.now(name, field_)
        new = f"{self.roots[old]} {how or f'after change {len(self.roots)}'}"
        self.versions[self.roots[old]] = new
        self.fields[new], self.roots[new] = self.fields[old], self.roots[old]
        return old, new, value


def cuts(rules: Iterable[Sequence[Step]]) -> dict[str, list[tuple[int, int]]]:
    """Where to cut fields so that every bit test and change of these rules covers whole pieces."""
    masks: dict[str, set[int]] = defaultdict(set)
    width: dict[str, int] = {}
    for step in (step for steps in rules for step in steps):
        for test in _tests(step):
            if test.cubes:
                width[test.field.name] = test.field.bits
                masks[test.field.name] |= {care for _, care in test.cubes}
        if isinstance(step, FieldChange) and step.mask is not None:
            width[step.field.name] = step.field.bits
            masks[step.field.name].add(step.mask)
    return {name: _borders(width[name], field_masks) for name, field_masks in masks.items()}


def _tests(step: Step) -> Iterator[Test]:
    terms = [step.term] if isinstance(step, When) else []
    if isinstance(step, Choice):
        terms = [term for term, _ in step.cases]
    for term in terms:
        for alternative in term.alternatives:
            yield from alternative


def _borders(bits: int, masks: set[int]) -> list[tuple[int, int]]:
    """Runs of bits that every mask contains wholly or not at all, highest first, as (high, low)."""
    borders = {0, bits}
    for mask in masks:
        borders |= {bit for bit in range(1, bits) if (mask >> bit & 1) != (mask >> (bit - 1) & 1)}
    return [(high - 1, low) for low, high in reversed(list(pairwise(sorted(borders))))]
