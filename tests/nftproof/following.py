"""The flattened program run on one packet: entry by entry, with a test whether the box contains the packet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.nftproof.boxes import TRANSLATED
from policies.nftproof.fields import ABSENT, FOUND_OUT, KEPT
from policies.nftproof.solver import Box as Fields
from policies.nftproof.space import Space
from tests.nftproof.guessing import EARLY, UnknownFieldError

ENDS = " ends the way"
"""Whether a translation ends the path. Here it never does: the packet continues."""


class Following:
    """One packet's path through one hook. `after`: its addresses and ports after translation."""

    def __init__(self, space: Space, packet: Mapping[str, int], after: Mapping[str, int] | None = None) -> None:
        self.space, self.packet, self.after = space, packet, after or {}
        self.roots = space.program.boxer.roots
        self.pieces = dict(_pieces(space))
        self.values: dict[int, int] = {}
        self.same: dict[int, int] = {}  # field -> the one whose value it has

    def run(self) -> str:
        """The verdict."""
        space, at = self.space, 0
        while at < space.end:
            step = space.steps[at]
            held = self._inside(step.box)
            for old, new, classes in step.changes:
                self._put(old, new, classes, held)
            if held and step.verdict:
                return step.verdict
            onward = step.target if held else at + 1
            for passed in space.changing:
                if at < passed.at < onward:
                    for old, new, _ in passed.changes:
                        self._put(old, new, None, False)
            at = onward
        return "accept"

    def changed(self) -> dict[str, int]:
        """The fields that rules changed, if their values are known; others are left out."""
        found, unknown = dict(self.packet), set[str]()
        for root, version in self.space.program.boxer.versions.items():
            whole, low, size = self.pieces.get(root, (root, 0, 0))
            try:
                value = self._value(self.space.index[version])
            except UnknownFieldError:
                unknown.add(whole)
                continue
            if not size or value == ABSENT:
                found[whole] = value
            elif found.get(whole, 0) != ABSENT:
                found[whole] = found.get(whole, 0) & ~(size << low) | value << low
        return {name: value for name, value in found.items() if name not in unknown}

    def _put(self, old: int, new: int, classes: int | None, held: bool) -> None:
        if held and classes is not None:
            self.values[new] = self.space.parts[new].samples[classes.bit_length() - 1][0][0]
        elif not held:
            self.same[new] = old

    def _inside(self, box: Fields) -> bool:
        return all(1 << self.space.parts[name].class_of(self._value(name)) & classes for name, classes in box)

    def _value(self, field: int) -> int:
        """A field's value; that of a defined field follows from its boxes, that of a piece from the whole."""
        while field in self.same:
            field = self.same[field]
        if field in self.values:
            return self.values[field]
        name = self.space.names[field]
        members = self.space.program.boxer.members
        if name in members:
            boxes = [self.space.box(raw) for raw in members[name]]
            return int(any(box is not None and self._inside(box) for box in boxes))
        self.values[field] = found = self._given(name)
        return found

    def _given(self, name: str) -> int:
        root = self.roots.get(name, name)
        whole, low, size = self.pieces.get(root, (root, 0, 0))
        known: Mapping[str, int] = {}
        if name.endswith(TRANSLATED) or self._found_out_after(name):
            known = self.after
        elif name == root:
            known = self.packet
        if name in known:
            return known[name]
        if whole in known:
            return known[whole] >> low & size if size and known[whole] >= 0 else known[whole]
        if name == root and name.endswith(EARLY):
            return ABSENT
        if name == root and name.endswith(ENDS):
            return 0
        raise UnknownFieldError(name)

    def _found_out_after(self, name: str) -> bool:
        """Whether no rule tests the field before translation, so that it has no separate name after it."""
        found_out = name.startswith(FOUND_OUT) and name not in KEPT
        return found_out and f"{name} {TRANSLATED}" not in self.space.index and name in self.after


def _pieces(space: Space) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """Piece of a field -> the field, the lowest of its bits, and as many ones as there are."""
    for name, parts in space.program.boxer.pieces.items():
        for high, low in parts:
            for when in ("", EARLY):
                yield f"{name}[{high}:{low}]{when}", (name + when, low, (1 << high - low + 1) - 1)


def follow(space: Space, packet: Mapping[str, int]) -> tuple[str, dict[str, int]]:
    """The verdict on a packet of which everything is known (unnamed fields are 0), and the changed packet."""
    run = Following(space, dict.fromkeys((name.partition("[")[0] for name in space.names), 0) | dict(packet))
    return run.run(), run.changed()


def samples(space: Space | None) -> dict[str, list[int]]:
    """One value of each class of every field that the hook's rules test."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(space.names if space else ()):
        assert space is not None
        classes = enumerate(space.parts[number].samples)
        found[name] = [pairs[0][0] for bit, pairs in classes if space.full[number] >> bit & 1]
    return found
