"""The second answer: the same questions put to z3, over bit-vectors, with chains written as nested conditions.

It shares with the first answer the reading of a rule into terms, and nothing after that: no boxes, no classes, no
flattened program. Chains are executed symbolically, one Boolean for "the packet is still here" at each rule, and the
whole goes to z3 as SMT-LIB text, whose parser is many times faster than building terms from Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

from policies.proof import fields, symbols
from policies.proof.axioms import EXTENSIONS, NAMES_NONE
from policies.proof.boxes import OF_A_STATEMENT, RawBox, narrowed
from policies.proof.conditions import Term, Test
from policies.proof.fields import ABSENT, Field
from policies.proof.hooks import IP, LATER, Hook, first_values, hooks_of, packets_of, translated_before
from policies.proof.reading import Rule, Ruleset, Where, called
from policies.proof.spans import Spans, meet
from policies.proof.statements import Change, Choice, Effect, Step, Unread, Verdict, When, chances
from policies.proof.statements import steps as read_steps

ACCEPT = "accept"
WIDTH = 24
SLICED = 1500
"""The verdict of a packet that leaves the hook by its end."""


def _not(one: str) -> str:
    return f"(not {one})"


def _all(parts: Iterable[str]) -> str:
    found = [one for one in parts if one != "true"]
    return "true" if not found else found[0] if len(found) == 1 else f"(and {' '.join(found)})"


def _any(parts: Iterable[str]) -> str:
    found = [one for one in parts if one != "false"]
    return "false" if not found else found[0] if len(found) == 1 else f"(or {' '.join(found)})"


@dataclass(slots=True)
class Run:
    """One execution of a hook. `kept`: a rule's `order` -> the formula under which it is there at all."""

    names: dict[str, str] = field(default_factory=dict)  # field -> the variable that holds it now
    finals: dict[str, list[str]] = field(default_factory=dict)  # verdict -> when it is given
    hits: dict[int, list[str]] = field(default_factory=dict)  # a rule's `order` -> when it is executed
    translated: list[str] = field(default_factory=list)  # when a packet is past all chains that translate
    kept: Mapping[int, str] = field(default_factory=dict)
    changes: count[int] = field(default_factory=count)


@dataclass(slots=True)
class Writer:
    """Writes SMT-LIB for the executions of one hook."""

    rules: Mapping[Where, Sequence[Rule]]
    steps: Mapping[int, Sequence[Step]]
    lines: list[str] = field(default_factory=list)
    known: dict[str, Field] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)
    early: bool = False
    path: str = ""  # of the calls that led here
    defined: dict[str, str] = field(default_factory=dict)

    def hook(self, ruleset: Ruleset, hook: Hook, run: Run) -> None:
        """Executes all base chains on any packet."""
        chains = hooks_of(ruleset).get(hook, [])
        place = translated_before(ruleset, hook, chains)
        first = (self._within(run, name, values, FIRST[name]) for name, values in first_values(hook).items())
        here = self._bool(_all(first))
        for number, chain in enumerate(chains):
            if number == place:
                here = self._translate(run, here)
            self.early = chain.hook in ("prerouting", "output") and chain.priority < symbols.CONNTRACK
            tests = (self._within(run, name, v, FIRST[name]) for name, v in packets_of(chain).items())
            seen = self._bool(_all([here, *tests]))
            accepted, fell = self._chain(chain.where, seen, run)
            if chain.policy == "drop":
                run.finals.setdefault("drop", []).append(fell)
                fell = "false"
            here = self._bool(_any([accepted, fell, _all([here, _not(seen)])]))
        if place == len(chains):
            here = self._translate(run, here)
        run.finals.setdefault(ACCEPT, []).append(here)

    def either(self, run: Run, boxes: Sequence[RawBox]) -> str:
        """The packet, as it enters the hook, lies in one of the boxes."""
        entering = Run()
        run.names, names = entering.names, run.names
        found = _any(self._conjunction(self.within(run, name, values) for name, values in box.items()) for box in boxes)
        run.names = names
        return self._bool(found)

    def facts(self) -> list[str]:
        """What is true of every packet, as far as it is about fields that were asked for."""
        return [f"(assert {fact})" for fact in (*self._tracked(), *self._told_twice())]

    def _tracked(self) -> Iterator[str]:
        """Packets of a connection, and no others, have what belongs to one; who begins is its original direction."""
        for root, known in self.known.items():
            kind = root.removesuffix(" before tracking")
            state = root.replace(kind, "ct state")
            if kind not in ("ct direction", "ct mark", "ct status") or (root != kind and "before" not in root):
                continue
            if state in self.known:
                none = _between(f"|{root}|", ABSENT, ABSENT, self._width(known))
                has = _any(_between(f"|{state}|", bit, bit, self._width(self.known[state])) for bit in (2, 4, 8))
                yield f"(distinct {none} {has})"
                if kind == "ct direction":
                    new = _between(f"|{state}|", 8, 8, self._width(self.known[state]))
                    yield f"(=> {new} {_between(f'|{root}|', 0, 0, self._width(known))})"

    def _told_twice(self) -> Iterator[str]:
        """A packet without further headers between names its protocol the same in both places."""
        if {"ip6 nexthdr", "l4proto", "l3"} <= self.known.keys():
            six = _between("|l3|", fields.IPV6, fields.IPV6, 16)
            between = _any(_between("|ip6 nexthdr|", low, high, 8) for low, high in EXTENSIONS)
            same = f"(= {_wider('|ip6 nexthdr|')} |l4proto|)"
            yield f"(=> (and {six} {_not(between)}) {same})"
        if {"ether type", "l3"} <= self.known.keys():
            between = _any(_between("|ether type|", low, high, 17) for low, high in ((ABSENT, ABSENT), *NAMES_NONE))
            yield f"(=> {_not(between)} (= |ether type| {_wider('|l3|')}))"
        if {"l4proto", "l3"} <= self.known.keys():
            ip = _any(_between("|l3|", low, high, 16) for low, high in IP)
            none = _between("|l4proto|", ABSENT, ABSENT, self._width(self.known["l4proto"]))
            yield f"(or {ip} {none})"

    def differ(self, one: Run, other: Run) -> str:
        """Some verdict is given in one execution and not in the other."""
        verdicts = sorted({*one.finals, *other.finals})
        pairs = ((_any(one.finals.get(v, [])), _any(other.finals.get(v, []))) for v in verdicts)
        return self._bool(_any(f"(distinct {left} {right})" for left, right in pairs if left != right))

    def any_of(self, parts: Iterable[str]) -> str:
        return self._bool(_any(parts))

    def within(self, run: Run, name: str, wanted: Spans) -> str:
        """A field by its name alone."""
        self.early = False
        return self._within(run, name, wanted, fields.BASE_FIELDS[name])

    def _chain(self, where: Where, here: str, run: Run) -> tuple[str, str]:
        """(accepted, came to the end or returned)."""
        accepted, returned = [], []
        for rule in self.rules.get(where, ()):
            stays, came_back, accepts, returns = self._rule(rule, here, run)
            here = self._bool(_any([_all([here, stays]), came_back]))
            accepted += accepts
            returned += returns
        return self._bool(_any(accepted)), self._bool(_any([here, *returned]))

    def _rule(self, rule: Rule, here: str, run: Run) -> tuple[str, str, list[str], list[str]]:
        """(does not leave the rule's place by it, comes back from what it calls, accepted, returned)."""
        match = self._bool(_all([here, run.kept.get(rule.order, "true")]))
        outs: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
        tested: set[str] = set()
        for step in [*self.steps[rule.order], Effect("")]:
            if not isinstance(step, When):
                match, tested = self._bool(_all([match, self._conjunction(tested)])), set()
            match step:
                case When(term):
                    tested |= set(self._term(term, run))
                    continue
                case Change():
                    self._change(run, step, match)
                case Unread():
                    match = self._unread(rule, step, match, run, outs)
                case Verdict():
                    self._settle(rule, step, match, run, outs)
                case Choice(cases):
                    found = [self._bool(_all([match, *self._term(term, run)])) for term, _ in cases]
                    for hit, (_, verdict) in zip(found, cases, strict=True):
                        self._settle(rule, verdict, hit, run, outs)
                    match = self._bool(_any(found))  # a key that the map has not is no match
                case _:
                    pass
        run.hits.setdefault(rule.order, []).append(match)
        left, back, accepted, returned = outs
        return _not(self._bool(_any(left))), self._bool(_any(back)), accepted, returned

    def _unread(self, rule: Rule, step: Unread, match: str, run: Run, outs: tuple[list[str], ...]) -> str:
        matches, ends = map(fields.chance, chances(rule.order, step.at))
        match = self._bool(_all([match, self._within(run, matches.name, ((1, 1),), matches)]))
        ended = self._bool(_all([match, self._within(run, ends.name, ((1, 1),), ends)]))
        run.finals.setdefault(f"unknown {step.what}", []).append(ended)
        outs[0].append(ended)
        return self._bool(_all([match, _not(ended)]))

    def _settle(self, rule: Rule, verdict: Verdict, hit: str, run: Run, outs: tuple[list[str], ...]) -> None:
        left, back, accepted, returned = outs
        if verdict.kind == "continue":
            return
        if verdict.kind == "take":
            takes = fields.chance(f"taken by {verdict.detail} ({rule.order})")
            hit = self._bool(_all([hit, self._within(run, takes.name, ((1, 1),), takes)]))
            run.finals.setdefault(verdict.detail, []).append(hit)
        left.append(hit)
        match verdict.kind:
            case "take":
                pass
            case "accept":
                accepted.append(hit)
            case "return":
                returned.append(hit)
            case "drop" | "leave":
                run.finals.setdefault(verdict.detail or "drop", []).append(hit)
            case "offer":
                what = verdict.detail if verdict.detail.startswith("queue") else "translation"
                ends = fields.chance(f"{what} ends the way")
                ended = self._bool(_all([hit, self._within(run, ends.name, ((1, 1),), ends)]))
                run.finals.setdefault(verdict.detail, []).append(ended)
                goes_on = self._bool(_all([hit, _not(ended)]))
                (accepted if what != "translation" else run.translated).append(goes_on)
            case _:
                path, self.path = self.path, called(self.path, rule)
                inner_accepted, fell = self._chain((*rule.where[:2], verdict.detail), hit, run)
                self.path = path
                accepted.append(inner_accepted)
                (back if verdict.kind == "jump" else returned).append(fell)

    def _change(self, run: Run, step: Change, hit: str) -> None:
        known, width = step.field, self._width(step.field)
        old = self._name(run, known.name, known)
        hit = _all([hit, self._within(run, known.name, known.known, known)])
        if step.value is None:  # the same in every execution
            new = self._variable(f"{self._root(known.name)} after change {next(run.changes)}", known)
        else:
            mask = step.mask if step.mask is not None else (1 << known.bits) - 1
            kept = f"(bvand {old} {_bits(~mask & ((1 << width) - 1), width)})"
            new = f"(bvor {kept} {_bits(step.value & mask, width)})"
        run.names[self._root(known.name)] = self._define(f"(ite {hit} {new} {old})", f"(_ BitVec {width})")

    def _translate(self, run: Run, here: str) -> str:
        """The packets that are here now, with any addresses from here on, the same in every execution."""
        self.early = False
        named = (self.known[root] for root in run.names)
        for name, known in {one.name: one for one in (*fields.TRANSLATED, *named) if fields.touched(one)}.items():
            run.names[name] = self._variable(f"{name} translated", known)
        here, run.translated = self._bool(_any([here, *run.translated])), []
        return here

    def _conjunction(self, parts: Iterable[str]) -> str:
        """All of them, in an order of their own: the same conditions are the same formula, wherever they stand."""
        return self._bool(_all(sorted(set(parts))))

    def _term(self, term: Term, run: Run) -> list[str]:
        """A term as conditions on the variables, which all have to hold."""
        needs = [self._within(run, name, values, fields.BASE_FIELDS[name]) for name, values in term.needs]
        if len(term.alternatives) == 1 and not term.negated:
            return [*needs, *(self._test(test, run) for test in term.alternatives[0])]
        found = _any(_all(self._test(test, run) for test in one) for one in term.alternatives)
        if term.negated:
            tested = {test.field.name: test.field for one in term.alternatives for test in one}
            there = (self._within(run, name, known.known, known) for name, known in tested.items())
            return [*needs, *there, _not(found)]
        return [*needs, found]

    def _test(self, test: Test, run: Run) -> str:
        if not test.cubes:
            return self._within(run, test.field.name, test.wanted, test.field)
        name, width = self._name(run, test.field.name, test.field), self._width(test.field)
        there = self._within(run, test.field.name, test.field.known, test.field)
        fits = (f"(= (bvand {name} {_bits(care, width)}) {_bits(value, width)})" for value, care in test.cubes)
        return _all([there, _any(fits)])

    def _within(self, run: Run, name: str, wanted: Spans, known: Field) -> str:
        """The field's value lies in one of the intervals."""
        if wanted == known.domain:
            return "true"
        variable, width = self._name(run, name, known), self._width(known)
        return _any(_between(variable, low, high, width) for low, high in wanted)

    def _name(self, run: Run, name: str, known: Field) -> str:
        root = self._root(name)
        if root not in run.names:
            run.names[root] = self._variable(root, known)
        return run.names[root]

    def _root(self, name: str) -> str:
        if self.path and name.endswith(OF_A_STATEMENT):
            return f"{name} by {self.path}"
        return f"{name} before tracking" if self.early and name.startswith("ct ") else name

    def _variable(self, root: str, known: Field) -> str:
        """A variable that all executions share: a field of the packet as it enters the hook."""
        name = f"|{root}|"
        if root not in self.known:
            self.known[root] = known
            width = self._width(known)
            self.lines.append(f"(declare-const {name} (_ BitVec {width}))")
            inside = _any(_between(name, low, high, width) for low, high in known.domain)
            self.lines.append(f"(assert {inside})")
        return name

    @staticmethod
    def _width(known: Field) -> int:
        """One bit more where the field may be absent: the highest number stands for that."""
        return known.bits + (known.domain[0][0] == ABSENT)

    def _bool(self, formula: str) -> str:
        return formula if formula.startswith(("b", "true", "false")) else self._define(formula, "Bool")

    def _define(self, formula: str, sort: str) -> str:
        if formula not in self.defined:
            self.defined[formula] = f"b{next(self.numbers)}"
            self.lines.append(f"(define-fun {self.defined[formula]} () {sort} {formula})")
        return self.defined[formula]


FIRST = {"l3": fields.L3, "l4proto": fields.L4, "iif": fields.IIF, "oif": fields.OIF, "ct state": fields.CT["state"]}
FIRST |= {LATER: fields.chance(LATER)}


def _wider(name: str) -> str:
    """A field's value as wide as one that may be absent."""
    return f"((_ zero_extend 1) {name})"


def _bits(value: int, width: int) -> str:
    return f"(_ bv{value if value >= 0 else (1 << width) - 1} {width})"


def absent_or(known: Field, value: int) -> int:
    """A variable's value as the field's."""
    return ABSENT if known.domain[0][0] == ABSENT and value == (1 << Writer._width(known)) - 1 else value


def _between(name: str, low: int, high: int, width: int) -> str:
    if low == ABSENT:
        rest = "false" if high < 0 else f"(bvule {name} {_bits(high, width)})"
        return _any([f"(= {name} {_bits(ABSENT, width)})", rest])
    if low == high:
        return f"(= {name} {_bits(low, width)})"
    above = "true" if low == 0 else f"(bvuge {name} {_bits(low, width)})"
    below = "true" if high == (1 << width) - 1 else f"(bvule {name} {_bits(high, width)})"
    return _all([above, below])


def left_out(order: int) -> str:
    """The rule is kept where `without` names another."""
    return f"(distinct without {_bits(order, WIDTH)})"


def ask(
    ruleset: Ruleset,
    steps: Mapping[int, Sequence[Step]],
    hook: Hook,
    dead: set[int],
    idle: set[int],
    until: float,
) -> str | None:
    """z3's objection to "no packet comes to the `dead` rules, and without an `idle` one no verdict changes".

    Empty where it has none; None where it found no answer in time. Rules by their `order`.
    """
    writer = Writer(ruleset.rules_of(), steps)
    whole = Run()
    writer.lines.append(f"(declare-const without (_ BitVec {WIDTH}))")
    writer.hook(ruleset, hook, whole)
    comes = _any(one for order, hits in whole.hits.items() if order in dead for one in hits)
    questions = [comes]
    if idle & whole.hits.keys():
        less = Run(kept={order: left_out(order) for order in idle})
        writer.hook(ruleset, hook, less)
        which = (f"(= without {_bits(order, WIDTH)})" for order in sorted(idle & whole.hits.keys()))
        questions.append(_all([_any(which), writer.differ(whole, less)]))
    lines = [*writer.lines, *writer.facts()]
    answers = [_solved([*lines, f"(assert {question})"], until - monotonic()) for question in questions]
    return None if None in answers else next((one for one in answers if one), "")


def objection(ruleset: Ruleset, hook: Hook, allowed: Sequence[RawBox], seconds: float) -> str | None:
    """A packet that the hook passes although no box allows it, or stops although one does, as z3 finds it.

    Empty where there is none; None where it found no answer in time. Where there are many boxes, packets are asked for
    by pairs of interfaces, each with the rules that it can meet: z3 is superlinear in what it is given at once.
    """
    known = {rule.order: read_steps(ruleset, rule) for rule in ruleset.rules}
    pairs = [] if len(allowed) < SLICED else _pairs(allowed)
    for pair in [*pairs, None]:
        told = _object(ruleset, known, hook, allowed, seconds, pair, pairs)
        if told != "":
            return told
    return ""


def _pairs(allowed: Sequence[RawBox]) -> list[RawBox]:
    """The pairs of interfaces that the boxes are about."""
    found = {(box["iif"], box["oif"]): None for box in allowed if "iif" in box and "oif" in box}
    return [{"iif": one, "oif": other} for one, other in found]


def _object(
    ruleset: Ruleset,
    known: Mapping[int, Sequence[Step]],
    hook: Hook,
    allowed: Sequence[RawBox],
    seconds: float,
    pair: RawBox | None,
    others: Sequence[RawBox],
) -> str | None:
    """The question for one pair of interfaces; for all but `others` where there is none."""
    near = [box for box in allowed if pair is None or narrowed(box, pair) is not None]
    rules = {
        where: [rule for rule in chain if pair is None or _may_match(known[rule.order], pair)]
        for where, chain in ruleset.rules_of().items()
    }
    writer, run = Writer(rules, known), Run()
    writer.hook(ruleset, hook, run)
    within = writer.either(run, near)
    here = [writer.within(run, name, values) for name, values in first_values(hook).items()]
    here += [writer.within(run, name, values) for name, values in (pair or {}).items()]
    if pair is None and others:
        here.append(_not(writer.either(run, others)))
    wrong = _all([*here, f"(distinct {_any(run.finals[ACCEPT])} {within})"])
    return _solved([*writer.lines, *writer.facts(), f"(assert {wrong})"], seconds)


def _may_match(steps: Sequence[Step], pair: RawBox) -> bool:
    """Whether the rule's plain tests of interfaces leave it anything of the pair."""
    for step in steps:
        if isinstance(step, When) and len(step.term.alternatives) == 1 and not step.term.negated:
            for test in step.term.alternatives[0]:
                if test.field.name in pair and not meet(test.wanted, pair[test.field.name]):
                    return False
    return True


def _solved(lines: Sequence[str], seconds: float) -> str | None:
    """Empty where nothing satisfies the lines, what does where something does, None where time ran out."""
    import z3

    if seconds <= 0:
        return None
    solver = z3.SimpleSolver(z3.Context())  # what was defined in one stays there
    solver.set("timeout", int(seconds * 1000))
    solver.from_string("\n".join(lines))
    answer = solver.check()
    if answer == z3.unsat:
        return ""
    return f"{solver.model()}" if answer == z3.sat else None
