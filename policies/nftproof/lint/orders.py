"""Fields by their borders: a variable means "the value is this or higher", for each number where a test begins or ends.

Tests of intervals are then about two variables, however wide the field, and what one test says of another is known at
once: the variables of a field are a chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from types import MappingProxyType

from policies.nftproof.axioms import Axiom, axioms
from policies.nftproof.boxes import RawBox
from policies.nftproof.hooks import packets_of
from policies.nftproof.intervals import Spans, meet, single
from policies.nftproof.program import Program
from policies.nftproof.sat.gates import FALSE, TRUE, Gates
from policies.nftproof.space import KIN


class Orders:
    """The fields of one program, with everything that is true of every packet."""

    def __init__(self, gates: Gates, program: Program) -> None:
        self._gates, self._members = gates, program.boxer.members
        self._fields, self._roots = dict(program.boxer.fields), dict(program.boxer.roots)
        self._first = program.first
        self._known: dict[tuple[str, Spans], int] = {}
        self._from: dict[str, dict[int, int]] = {}  # field -> border -> the value is this or higher
        facts = [axiom for axiom in axioms(program.boxer) if not axiom.about & self._members.keys()]
        self._borders = _borders(program, facts)
        for fact in facts:
            self._hold(fact)

    def box(self, box: RawBox, names: Mapping[str, str] = MappingProxyType({})) -> int:
        """The packet lies in the box. `names`: the new names of changed fields."""
        return self._gates.all_of(self.within(name, values, names) for name, values in box.items())

    def within(self, name: str, values: Spans, names: Mapping[str, str] = MappingProxyType({})) -> int:
        """The field's value is one of these."""
        if name in self._members:
            name = self._member(name, names)
        key = (names.get(name, name), values)
        if key not in self._known:
            pairs = meet(values, self._fields[key[0]].domain)
            between = ((self._least(key[0], low), -self._least(key[0], high + 1)) for low, high in pairs)
            self._known[key] = self._gates.any_of(self._gates.all_of(both) for both in between)
        return self._known[key]

    def same(self, left: str, right: str, unless: int) -> None:
        """Both fields have the same value, except if `unless`."""
        if unless == TRUE:
            return
        for border in self._chain(left).keys() | self._chain(right).keys():
            left_least, right_least = self._least(left, border), self._least(right, border)
            self._gates.add(unless, -left_least, right_least)
            self._gates.add(unless, left_least, -right_least)

    def alike(self, name: str, new: str) -> None:
        """A new field of the other's kind."""
        self._fields[new], self._roots[new] = self._fields[name], self._roots[name]

    def values(self, truths: set[int]) -> dict[str, int]:
        """The lowest values that a model allows for the packet's fields, as it enters the hook."""
        values = {}
        for name, chain in self._from.items():
            if self._roots.get(name) == name:
                low = self._fields[name].domain[0][0]
                values[name] = max((border for border, least in chain.items() if least in truths), default=low)
        return values

    def _member(self, name: str, names: Mapping[str, str]) -> str:
        """A defined field is 1 exactly within its boxes; its name includes the current names of the fields there."""
        renamed = sorted({names[field] for box in self._members[name] for field in box if field in names})
        version = " ".join([name, *renamed])
        if (version, single(1)) not in self._known:
            inside = self._gates.any_of(self.box(box, names) for box in self._members[name])
            self._known[version, single(1)], self._known[version, single(0)] = inside, -inside
        return version

    def _least(self, name: str, border: int) -> int:
        """The value is this or higher."""
        domain = self._fields[name].domain
        if border <= domain[0][0]:
            return TRUE
        return self._chain(name)[border] if border <= domain[-1][1] else FALSE

    def _chain(self, name: str) -> dict[int, int]:
        """The field's variables, created on first use: no value lies in a gap of its domain."""
        if name not in self._from:
            domain = self._fields[name].domain
            inside = [
                border for border in self._borders[_kin(self._roots, name)] if domain[0][0] < border <= domain[-1][1]
            ]
            chain = self._from[name] = {item: self._gates.new() for item in inside}
            for lower, higher in pairwise(inside):
                self._gates.add(-chain[higher], chain[lower])
            for (_, high), (low, _) in pairwise(domain):
                self._gates.add(-chain[high + 1], chain[low])
            if name in self._first:
                self._gates.add(self.within(name, self._first[name]))
        return self._from[name]

    def _hold(self, fact: Axiom) -> None:
        for raw in fact.boxes:
            box = self.box(raw)
            if fact.same:
                self.same(*fact.same, -box)
            else:
                self._gates.add(-box, *(self.box(guard) for guard in fact.guards))


def _kin(roots: Mapping[str, str], name: str) -> str:
    root = roots.get(name, name)
    return KIN.get(root, root)


def _borders(program: Program, facts: Iterable[Axiom]) -> Mapping[str, list[int]]:
    """The values at which tests begin and end; the same for all names of a field."""
    boxer = program.boxer
    boxes = [program.first, *(entry.box for entry in program.entries), *(packets_of(b.chain) for b in program.bases)]
    boxes += [box for several in boxer.members.values() for box in several]
    boxes += [box for fact in facts for box in (*fact.boxes, *fact.guards)]
    used = [(name, values) for box in boxes for name, values in box.items()]
    used += [(name, boxer_field.domain) for name, boxer_field in boxer.fields.items()]
    used += [(old, single(value)) for e in program.entries for old, _, value in e.changes if value is not None]
    borders_of: dict[str, set[int]] = defaultdict(set)
    for name, values in set(used):
        borders_of[_kin(boxer.roots, name)].update(border for low, high in values for border in (low, high + 1))
    return {name: sorted(borders) for name, borders in borders_of.items()}
