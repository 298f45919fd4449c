"""A hook's chains executed symbolically, with each call inlined at its call site: the encoding of the cross-check.

It shares with the first solver the reading of a rule into steps, and nothing after that: no boxes, no classes, no
flattened program, and fields bit by bit. At each rule, one formula means "the packet is still here".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policies.nftproof import fields, symbols
from policies.nftproof.boxes import OF_A_STATEMENT, RawBox
from policies.nftproof.conditions import ConditionTerm, Test
from policies.nftproof.fields import Field
from policies.nftproof.hooks import LATER, Hook, first_values, hooks_of, packets_of, translated_before
from policies.nftproof.intervals import Spans, single
from policies.nftproof.listing import NftRule, Ruleset, Where, called
from policies.nftproof.sat.bits import Bits, BitWord
from policies.nftproof.sat.facts import facts
from policies.nftproof.sat.gates import FALSE, Gates
from policies.nftproof.statements import Choice, Effect, FieldChange, RuleVerdict, Step, Unread, When, chances

ACCEPT = "accept"
FIRST = {"l3": fields.L3, "l4proto": fields.L4, "iif": fields.IIF, "oif": fields.OIF, "ct state": fields.CT["state"]}
FIRST |= {LATER: fields.chance(LATER)}


_Place = tuple[int, ...]
"""An execution of a rule: the calls that lead to it, each with what its rule decided before, and the rule itself."""


@dataclass(slots=True)
class NestedRun:
    """One execution of a hook."""

    words: dict[str, BitWord] = field(default_factory=dict)  # field -> its value now
    finals: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )  # verdict -> the conditions under which it is given
    hits: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # a rule's `order` -> it is executed
    trace: dict[_Place, int] = field(default_factory=dict)  # the packet is here
    values: dict[_Place, BitWord] = field(default_factory=dict)  # the results of changes
    translated: list[int] = field(default_factory=list)  # the packet is past all chains that translate


@dataclass(slots=True)
class _Outs:
    """Ways a packet leaves a rule: decided there, back from the called chain, accepted, returned."""

    left: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Nested:
    """Encodes the executions of one hook. `packet`: the fields as they enter it."""

    gates: Gates
    rules: Mapping[Where, Sequence[NftRule]]
    steps: Mapping[int, Sequence[Step]]
    bits: Bits = field(init=False)
    packet: dict[str, BitWord] = field(default_factory=dict)
    packet_fields: dict[str, Field] = field(default_factory=dict)  # of the packet
    early: bool = False
    path: str = ""  # of the calls that lead here
    _place: _Place = ()
    _out: Mapping[int, int] = field(default_factory=dict)
    _whole: NestedRun | None = None
    _parted: int = FALSE  # a rule that is left out has been passed
    _anew: dict[str, BitWord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bits = Bits(self.gates)

    def run(
        self, ruleset: Ruleset, hook: Hook, whole: NestedRun | None = None, out: Mapping[int, int] | None = None
    ) -> NestedRun:
        """Execute all base chains on any packet. With `out`, a rule is missing if its formula in `out` is true.

        Until such a rule is passed, this execution is that of the `whole`.
        """
        run, self._whole, self._out, self._parted = NestedRun(), whole, out or {}, FALSE
        chains, here = hooks_of(ruleset).get(hook, []), self.shown(hook)
        place = translated_before(ruleset, hook, chains)
        for number, chain in enumerate(chains):
            if number == place:
                here = self._translate(run, here)
            self.early = chain.hook in ("prerouting", "output") and chain.priority < symbols.CONNTRACK
            conditions = (self._within(run, n, values, FIRST[n]) for n, values in packets_of(chain).items())
            shown = self.gates.all_of([here, *conditions])
            accepted, fell = self._chain(chain.where, shown, run)
            if chain.policy == "drop":
                run.finals["drop"].append(fell)
                fell = FALSE
            here = self.gates.any_of([accepted, fell, self.gates.all_of([here, -shown])])
        if place == len(chains):
            here = self._translate(run, here)
        run.finals[ACCEPT].append(here)
        self.early = False
        return run

    def differ(self, nested_run: NestedRun, other: NestedRun) -> int:
        """Some verdict is given in one execution and not in the other."""
        pairs = [
            (self.gates.any_of(nested_run.finals[v]), self.gates.any_of(other.finals[v]))
            for v in {*nested_run.finals, *other.finals}
        ]
        return self.gates.any_of(self.gates.choice(left, -right, right) for left, right in pairs if left != right)

    def entering(self, box: RawBox) -> int:
        """The packet, as it enters the hook, lies in the box."""
        conditions = (self._within(NestedRun(), name, values, fields.BASE_FIELDS[name]) for name, values in box.items())
        return self.gates.all_of(conditions)

    def shown(self, hook: Hook) -> int:
        """The packet is one that the hook sees."""
        return self.entering(first_values(hook))

    def hold_facts(self) -> None:
        """Add the facts about every packet, for the fields that were tested."""
        for fact in facts(self.gates, self.bits, self.packet):
            self.gates.add(fact)

    def _chain(self, where: Where, here: int, run: NestedRun) -> tuple[int, int]:
        """(accepted, came to the end or returned)."""
        accepted, returned = [], []
        for rule in self.rules.get(where, ()):
            place = (*self._place, rule.order)
            if self._whole is not None:
                here = self.gates.choice(self._parted, here, self._whole.trace.get(place, FALSE))
            run.trace[place] = here
            outs = self._rule(rule, here, run)
            here = self.gates.any_of([self.gates.all_of([here, -self.gates.any_of(outs.left)]), *outs.back])
            accepted += outs.accepted
            returned += outs.returned
        return self.gates.any_of(accepted), self.gates.any_of([here, *returned])

    def _rule(self, rule: NftRule, here: int, run: NestedRun) -> _Outs:
        outs, out = _Outs(), self._out.get(rule.order, FALSE)
        match = self.gates.all_of([here, -out])
        self._parted = self.gates.any_of([self._parted, out])
        tested: list[int] = []
        for number, step in enumerate([*self.steps[rule.order], None]):
            if isinstance(step, When):
                tested += self._term(step.term, run)
                continue
            match, tested = self.gates.all_of([match, self.gates.all_of(tested)]), []
            if isinstance(step, FieldChange):
                run.hits[rule.order].append(match)
                self._change(run, step, (*self._place, rule.order, number), match)
            elif isinstance(step, Effect) and step.lasting:
                run.hits[rule.order].append(match)
            elif isinstance(step, Unread):
                match = self._unread(rule, step, match, run, outs)
            elif isinstance(step, RuleVerdict):
                self._settle(rule, step, match, run, outs)
            elif isinstance(step, Choice):
                found = [self.gates.all_of([match, *self._term(term, run)]) for term, _ in step.cases]
                for hit, (_, verdict) in zip(found, step.cases, strict=True):
                    self._settle(rule, verdict, hit, run, outs)
                match = self.gates.any_of(found)  # a key without an entry does not match
        run.hits[rule.order].append(match)
        return outs

    def _unread(self, rule: NftRule, step: Unread, match: int, run: NestedRun, outs: _Outs) -> int:
        """May match or not; if it matches, may end the packet's path or not."""
        matches, ends = (self._chance(run, name) for name in chances(rule.order, step.at))
        match = self.gates.all_of([match, matches])
        ended = self.gates.all_of([match, ends])
        run.finals[f"unknown {step.what}"].append(ended)
        outs.left.append(ended)
        return self.gates.all_of([match, -ended])

    def _settle(self, rule: NftRule, verdict: RuleVerdict, hit: int, run: NestedRun, outs: _Outs) -> None:
        if verdict.kind == "continue":
            return
        if verdict.kind == "take":
            hit = self.gates.all_of([hit, self._chance(run, f"taken by {verdict.detail} ({rule.order})")])
        outs.left.append(hit)
        match verdict.kind:
            case "accept":
                outs.accepted.append(hit)
            case "return":
                outs.returned.append(hit)
            case "drop" | "leave" | "take":
                run.finals[verdict.detail or "drop"].append(hit)
            case "offer":
                what = verdict.detail if verdict.detail.startswith("queue") else "translation"
                ends = self._chance(run, f"{what} ends the way")
                run.finals[verdict.detail].append(self.gates.all_of([hit, ends]))
                onwards = outs.accepted if what != "translation" else run.translated
                onwards.append(self.gates.all_of([hit, -ends]))
            case _:
                if self.gates.never(hit):
                    return
                path, place = self.path, self._place
                self.path, self._place = called(path, rule), (*place, rule.order, len(outs.left))
                accepted, fell = self._chain((*rule.where[:2], verdict.detail), hit, run)
                self.path, self._place = path, place
                outs.accepted.append(accepted)
                (outs.back if verdict.kind == "jump" else outs.returned).append(fell)

    def _change(self, run: NestedRun, step: FieldChange, place: _Place, hit: int) -> None:
        field_ = step.field
        old = self._word(run, field_.name, field_)
        hit = self.gates.all_of([hit, -old.absent])  # an absent field stays absent
        if step.value is None:
            new = self._fresh(f"{field_.name} after change {place}", field_)
        else:
            new = self.bits.with_bits(old, (1 << field_.bits) - 1 if step.mask is None else step.mask, step.value)
        whole = self._whole.values.get(place) if self._whole else None
        now = self.bits.changed(old, hit, new, self._parted, whole)
        run.values[place] = now
        run.words[self._root(field_.name)] = now

    def _translate(self, run: NestedRun, here: int) -> int:
        """The packets that are here, with arbitrary addresses from here on, the same in every execution."""
        self.early = False
        named = (self.packet_fields[root] for root in run.words)
        for name, field_ in {item.name: item for item in (*fields.TRANSLATED, *named) if fields.touched(item)}.items():
            run.words[name] = self._fresh(f"{name} translated", field_)
        here, run.translated = self.gates.any_of([here, *run.translated]), []
        return here

    def _fresh(self, name: str, field_: Field) -> BitWord:
        """An arbitrary value, the same in every execution."""
        if name not in self._anew:
            self._anew[name] = self.bits.word(field_)
        return self._anew[name]

    def _term(self, term: ConditionTerm, run: NestedRun) -> list[int]:
        """The conditions that must all hold."""
        needs = [self._within(run, name, values, fields.BASE_FIELDS[name]) for name, values in term.needs]
        alternatives = [self._tests(alternative, run) for alternative in term.alternatives]
        if not term.negated:
            return [*needs, self.gates.any_of(alternatives)]
        tested = {test.field.name: test.field for alternative in term.alternatives for test in alternative}
        presence = (self._within(run, name, field_.values, field_) for name, field_ in tested.items())
        return [*needs, *presence, -self.gates.any_of(alternatives)]

    def _tests(self, tests: Iterable[Test], run: NestedRun) -> int:
        return self.gates.all_of(self._test(test, run) for test in tests)

    def _test(self, test: Test, run: NestedRun) -> int:
        if not test.cubes:
            return self._within(run, test.field.name, test.values, test.field)
        word = self._word(run, test.field.name, test.field)
        return self.gates.any_of(self.bits.fits(word, value, care) for value, care in test.cubes)

    def _within(self, run: NestedRun, name: str, values: Spans, field_: Field) -> int:
        return self.bits.among(self._word(run, name, field_), values)

    def _chance(self, run: NestedRun, name: str) -> int:
        return self._within(run, name, single(1), fields.chance(name))

    def _word(self, run: NestedRun, name: str, field_: Field) -> BitWord:
        root = self._root(name)
        if root not in run.words:
            if root not in self.packet:
                self.packet[root], self.packet_fields[root] = self.bits.word(field_), field_
            run.words[root] = self.packet[root]
        return run.words[root]

    def _root(self, name: str) -> str:
        if self.path and name.endswith(OF_A_STATEMENT):
            return f"{name} by {self.path}"
        return f"{name} before tracking" if self.early and name.startswith("ct ") else name
