"""A hook's program with its fields in equivalence classes: boxes become integers, and overlap a numpy operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from policies.nftproof import fields
from policies.nftproof.axioms import Axiom, axioms
from policies.nftproof.boxes import RawBox
from policies.nftproof.clauses import Box, Clause, Domain, SolverGuard
from policies.nftproof.intervals import Spans, meet, single
from policies.nftproof.listing import Where
from policies.nftproof.partition import Partition
from policies.nftproof.program import Base, Program, ProgramEntry

KIN = {"ip6 nexthdr": "l4proto"}
"""Fields that name the same thing in two places: they share their classes."""


@dataclass(frozen=True, slots=True)
class HookStep:
    """An entry of the program, in classes. A verdict's target lies beyond the end; accepted packets reach the end."""

    at: int
    box: Box
    target: int
    verdict: str
    owner: int | None
    policy: Where | None
    called: int  # where a called chain ends, else 0
    changes: tuple[tuple[int, int, int | None], ...]  # (old field, new field, its class or None for any)
    blamed: int | None  # the rule that is named if this entry stops a packet
    entry: int = -1  # its number in the program


class Shelf:
    """Many boxes, searched together for overlap with another: by the lowest and highest class in each field."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        counts: dict[int, int] = defaultdict(int)
        for box in boxes:
            for name, _ in box:
                counts[name] += 1
        shared = (name for name, count in counts.items() if count > 1)  # a field of one box only excludes nothing
        self._column = {name: number for number, name in enumerate(sorted(shared))}
        self._low = np.zeros((len(self._column), len(boxes)), dtype=np.int32)
        self._high = np.full((len(self._column), len(boxes)), np.iinfo(np.int32).max, dtype=np.int32)
        self._size = len(boxes)
        for row, box in enumerate(boxes):
            for name, classes in box:
                if name in self._column:
                    self._low[self._column[name], row] = (classes & -classes).bit_length() - 1
                    self._high[self._column[name], row] = classes.bit_length() - 1

    def near(self, domain: Domain, first: int = 0, last: int | None = None) -> npt.NDArray[np.intp]:
        """Numbers of the boxes first .. last - 1 that may overlap the domain; the others do not."""
        last = self._size if last is None else last
        fits: npt.NDArray[np.bool_] | None = None
        for name, classes in domain.items():
            column = self._column.get(name)
            if column is not None:
                low, high = (classes & -classes).bit_length() - 1, classes.bit_length() - 1
                both = (self._low[column, first:last] <= high) & (self._high[column, first:last] >= low)
                fits = both if fits is None else fits & both
        return np.arange(first, last) if fits is None else np.flatnonzero(fits) + first


@dataclass(slots=True)
class Space:
    """One hook, ready for questions."""

    program: Program
    names: list[str]
    index: dict[str, int]
    parts: list[Partition]
    full: list[int]
    steps: list[HookStep] = field(default_factory=list)
    axioms: list[tuple[frozenset[int], list[Clause]]] = field(default_factory=list)  # (fields it is about, clauses)
    of_rule: dict[int, list[int]] = field(default_factory=dict)  # a rule's `order` -> its entries
    bases: list[Base] = field(default_factory=list)
    changing: list[HookStep] = field(default_factory=list)
    _shelf: Shelf | None = None

    @property
    def end(self) -> int:
        return len(self.steps)

    @property
    def shelf(self) -> Shelf:
        """Built on first use: with thousands of changed fields it is larger than everything else."""
        if self._shelf is None:
            self._shelf = Shelf([step.box for step in self.steps])
        return self._shelf

    def domain(self, values: Mapping[str, int]) -> Domain:
        """All packets that no condition distinguishes from those with these values."""
        return {self.index[name]: 1 << self.parts[self.index[name]].class_of(value) for name, value in values.items()}

    def box(self, raw: RawBox) -> Box | None:
        """A box in classes; None if the hook has no such packet. The space must have been built for its sets."""
        box = []
        for name, values in raw.items():
            number = self.index[name]
            classes = self.parts[number].mask(values) & self.full[number]
            if not classes:
                return None
            if classes != self.full[number]:
                box.append((number, classes))
        return tuple(box)


def space(program: Program, questions: Sequence[RawBox] = ()) -> Space:
    """The program in classes. `questions` are boxes that later questions are about."""
    return spaces([program], questions)[0]


def spaces(programs: Sequence[Program], questions: Sequence[RawBox] = ()) -> list[Space]:
    """Several programs in the same classes, so that one question can concern all of them. They share a boxer."""
    boxer = programs[0].boxer
    for box in questions:
        for name in box:
            boxer.now(name, fields.BASE_FIELDS[name])
    facts = axioms(boxer)
    names = sorted(boxer.fields)
    groups = {name: KIN.get(boxer.roots.get(name, name), boxer.roots.get(name, name)) for name in names}
    parts = _partitions(programs, groups, facts, questions)
    return [_space(program, names, [parts[groups[name]] for name in names], facts) for program in programs]


def _space(program: Program, names: list[str], parts: list[Partition], facts: Sequence[Axiom]) -> Space:
    domains = (program.boxer.fields[name].domain for name in names)
    full = [
        part.mask(meet(domain, program.first.get(name, domain)))
        for name, part, domain in zip(names, parts, domains, strict=True)
    ]
    hook_space = Space(program, names, {name: number for number, name in enumerate(names)}, parts, full)
    _fill(hook_space, facts)
    return hook_space


def _partitions(
    programs: Sequence[Program], groups: dict[str, str], facts: Sequence[Axiom], questions: Sequence[RawBox]
) -> dict[str, Partition]:
    boxer = programs[0].boxer
    used: dict[str, set[Spans]] = {group: set() for group in groups.values()}
    domains: dict[str, Spans] = {}
    for name, group in groups.items():
        domain = boxer.fields[name].domain
        domains[group] = max(domains.get(group, domain), domain, key=lambda d: d[-1][1] - d[0][0])
        used[group] |= {domain, *(meet(domain, program.first.get(name, domain)) for program in programs)}
    boxes = [entry.box for program in programs for entry in program.entries]
    boxes += [box for boxes in boxer.members.values() for box in boxes]
    boxes += [box for axiom in facts for box in (*axiom.boxes, *axiom.guards)] + list(questions)
    for box in boxes:
        for name, values in box.items():
            used[groups[name]].add(values)
    for old, _, value in (change for program in programs for entry in program.entries for change in entry.changes):
        if value is not None:
            used[groups[old]].add(single(value))
    return {group: Partition(domains[group], sets) for group, sets in used.items()}


def _fill(hook_space: Space, facts: Sequence[Axiom]) -> None:
    place: list[int] = []  # entries that no packet fits are left out; positions shift
    kept: list[tuple[int, ProgramEntry, Box]] = []
    for number, entry in enumerate(hook_space.program.entries):
        place.append(len(kept))
        box = hook_space.box(entry.box)
        if box is not None:
            kept.append((number, entry, box))
        else:  # the entry never changes the field: its new name stands for the old one
            hook_space.index |= {new: hook_space.index[old] for old, new, _ in entry.changes}
    place.append(len(kept))
    for number, entry, box in kept:
        hook_space.steps.append(_step(hook_space, entry, box, number, place))
    for step in hook_space.steps:
        if step.owner is not None:
            hook_space.of_rule.setdefault(step.owner, []).append(step.at)
    hook_space.bases = [
        Base(base.chain, place[base.start], place[base.policy], place[base.end]) for base in hook_space.program.bases
    ]
    hook_space.changing = [step for step in hook_space.steps if step.changes]
    hook_space.axioms = [clauses_of for axiom in facts if (clauses_of := _axiom(hook_space, axiom))[1]]


def _step(hook_space: Space, entry: ProgramEntry, box: Box, number: int, place: list[int]) -> HookStep:
    at = len(hook_space.steps)
    target = len(place) + 1 if entry.verdict else place[entry.target.at] if entry.target else at + 1
    changes = tuple(
        (
            hook_space.index[old],
            hook_space.index[new],
            None if value is None else hook_space.parts[hook_space.index[new]].mask(single(value)),
        )
        for old, new, value in entry.changes
    )
    called = place[entry.called.at] if entry.called else 0
    blamed = entry.behalf if entry.owner is None else entry.owner
    return HookStep(at, box, target, entry.verdict, entry.owner, entry.policy, called, changes, blamed, number)


def _axiom(hook_space: Space, axiom: Axiom) -> tuple[frozenset[int], list[Clause]]:
    about = frozenset(hook_space.index[name] for name in axiom.about)
    if axiom.same:
        left, right = (hook_space.index[name] for name in axiom.same)
        boxes = [hook_space.box(box) for box in axiom.boxes]
        return about, [clause for box in boxes if box is not None for clause in equal(hook_space, box, left, right)]
    guards = tuple(SolverGuard(box) for raw in axiom.guards if (box := hook_space.box(raw)) is not None)
    return about, [Clause(box, guards) for raw in axiom.boxes if (box := hook_space.box(raw)) is not None]


def equal(hook_space: Space, box: Box, left: int, right: int, guards: tuple[SolverGuard, ...] = ()) -> Iterable[Clause]:
    """Within the box (and outside the guards) both fields have the same class. No field is twice in a clause."""
    inside = dict(box)
    for number in range(len(hook_space.parts[left].samples)):
        bit = 1 << number
        apart = inside.get(right, hook_space.full[right]) & ~bit
        if bit & inside.get(left, hook_space.full[left]) and apart:
            yield Clause(tuple((inside | {left: bit, right: apart}).items()), guards)
