"""A hook's flattened program as clauses: which packets reach each entry, and what happens to them.

A packet reaches an entry if it reached the previous one and was not carried away there, or was carried to this entry.
That is a few clauses for each entry, without walking through chains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from policies.nftproof.intervals import single
from policies.nftproof.lint.orders import Orders
from policies.nftproof.program import Program, ProgramEntry
from policies.nftproof.sat.gates import FALSE, TRUE, Gates

ACCEPT = "accept"
NOBODY = -1
NONE: Mapping[int, int] = MappingProxyType({})


@dataclass(slots=True)
class FlatRun:
    """One execution of the program. `hits`: a rule's `order` -> a packet reaches it and matches it."""

    fits: list[int] = field(default_factory=list)  # entry -> a packet reaches it and lies in its box
    hits: dict[int, int] = field(default_factory=dict)
    finals: dict[str, int] = field(default_factory=dict)  # verdict -> it is given
    names: dict[str, str] = field(default_factory=dict)  # this run's names of the fields that it changed
    landing: dict[int, list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )  # entry -> packets that are carried there
    hitting: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    ending: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    apart: int | None = None  # the packet has reached a rule that is taken out
    whole: FlatRun | None = None  # if this is the run without a rule
    idle: set[int] = field(default_factory=set)  # calls that no packet can make
    until: int = 0  # where the last of them ends


class Flat:
    """Executions of one program on the same packet."""

    def __init__(self, gates: Gates, program: Program) -> None:
        self.gates, self.program = gates, program
        self.orders = Orders(gates, program)

    def run(self, kept: Mapping[int, int] = NONE) -> FlatRun:
        """The program, with a rule of `kept` only if its literal is true."""
        run = FlatRun()
        here = TRUE
        for at, entry in enumerate(self.program.entries):
            here = self._entry(run, at, entry, here, kept.get(_owner(entry), TRUE))
        return self._over(run, here)

    def less(self, whole: FlatRun, out: Mapping[int, int], kept: Mapping[int, int] = NONE) -> FlatRun:
        """The path of a packet from a removed rule that it matches; before that rule, nothing changes.

        A rule is removed where its literal in `out` is true; at most one such literal is true at a time. Rules in
        `kept` are present only where their literal is true, or where the packet also reaches them in the whole program.
        """
        run, gates = FlatRun(), self.gates
        here, run.apart, run.whole = FALSE, FALSE, whole
        before: dict[int, int] = {}
        for at, entry in enumerate(self.program.entries):
            owner = _owner(entry)
            taken, here_too = out.get(owner, FALSE), whole.hits.get(owner, TRUE)
            there = gates.all_of([-taken, gates.any_of([kept.get(owner, TRUE), here_too])])
            here = self._entry(run, at, entry, here, there)
            if owner in out:
                begun = gates.all_of([taken, whole.fits[at], -before.get(owner, FALSE)])
                before[owner] = gates.any_of([before.get(owner, FALSE), whole.fits[at]])
                run.landing[entry.called.at if entry.called else at + 1].append(begun)
                run.apart = gates.any_of([run.apart, begun])
        return self._over(run, here)

    def _entry(self, run: FlatRun, at: int, entry: ProgramEntry, here: int, there: int) -> int:
        """The packets that continue behind the entry."""
        here = self.gates.any_of([here, *run.landing.pop(at, ())])
        if at < run.until:
            return self._idle(run, entry, here)
        run.fits.append(self.gates.all_of([here, self.orders.box(entry.box, run.names)]))
        hit = self.gates.all_of([run.fits[at], there])
        if entry.called is not None and (run.whole is None or at in run.whole.idle) and self.gates.never(hit):
            run.idle.add(at)
            run.until = entry.called.at
        run.hitting[_owner(entry)].append(hit)
        self._change(run, entry, hit)
        if entry.verdict:
            run.ending[entry.verdict].append(hit)
        return self._onwards(run, at, entry, here, hit)

    def _over(self, run: FlatRun, here: int) -> FlatRun:
        run.ending[ACCEPT].append(self.gates.any_of([here, *run.landing.pop(len(self.program.entries), ())]))
        run.hits = {order: self.gates.any_of(found) for order, found in run.hitting.items() if order != NOBODY}
        run.finals = {verdict: self.gates.any_of(found) for verdict, found in run.ending.items()}
        return run

    def packet(self) -> dict[str, int]:
        """The packet of the last model, as it enters the hook, as far as it was tested."""
        return self.orders.values(self.gates.truths())

    def differ(self, whole: FlatRun, less: FlatRun) -> int:
        """The packet's verdict in the run without a rule differs from that of the whole program."""
        other = (self.gates.all_of([found, -whole.finals.get(v, FALSE)]) for v, found in less.finals.items())
        return self.gates.any_of(other)

    def _idle(self, run: FlatRun, entry: ProgramEntry, here: int) -> int:
        """No packet reaches this entry, with or without any rule: the fields that it changes stay as they were."""
        run.fits.append(FALSE)
        run.hitting[_owner(entry)].append(FALSE)
        for old, new, _ in entry.changes:
            run.names[new] = run.names.get(old, old)
        return here

    def _onwards(self, run: FlatRun, at: int, entry: ProgramEntry, here: int, hit: int) -> int:
        """The packets that continue with the next entry; others land further on, those of a removed call at its end."""
        gone = hit if entry.verdict else FALSE
        if entry.target is not None and entry.target.at > at + 1:
            run.landing[entry.target.at].append(hit)
            gone = hit
        if entry.called is not None and hit != run.fits[at]:
            gone = self.gates.all_of([run.fits[at], -hit])
            run.landing[entry.called.at].append(gone)
        return self.gates.all_of([here, -gone])

    def _change(self, run: FlatRun, entry: ProgramEntry, hit: int) -> None:
        """The new value is the given one if the entry is executed, else the old one; until apart, the whole run's."""
        for old, new, value in entry.changes:
            before, after, as_whole = run.names.get(old, old), new, FALSE
            if run.apart is not None:
                after, as_whole = f"{new} without a rule", -run.apart
                run.names[new] = after
                self.orders.alike(new, after)
                self.orders.same(run.whole.names.get(new, new) if run.whole else new, after, run.apart)
            if value is not None:
                self.gates.add(-hit, as_whole, self.orders.within(after, single(value)))
            self.orders.same(before, after, self.gates.any_of([hit, as_whole]))


def _owner(entry: ProgramEntry) -> int:
    return NOBODY if entry.owner is None else entry.owner


def one_of(gates: Gates, orders: Iterable[int]) -> dict[int, int]:
    """A literal for each of the rules, of which exactly one is true."""
    literals, before = {}, TRUE
    several = list(orders)
    for order in several[:-1]:
        after = gates.new()
        gates.add(-after, before)
        literals[order] = gates.all_of([before, -after])
        before = after
    return literals | dict.fromkeys(several[-1:], before)
