"""The chains of one hook as one list of entries, in the kernel's order of evaluation.

Jumps are written out where they are called, verdict maps case by case, policies as last entries. An entry that a
packet matches sends it on to a later position: the end of its chain (return), of its base chain (accept), or out of
the hook (drop and its like). Spans between an entry and its target are nested or apart, never crossing; `reach` builds
on that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policies.nftproof import fields
from policies.nftproof.boxes import Boxer, RawBox, cuts, narrowed
from policies.nftproof.hooks import LATER, Hook, first_values, packets_of, translated_before
from policies.nftproof.intervals import single
from policies.nftproof.listing import Chain, NftRule, Ruleset, Where, called
from policies.nftproof.statements import Choice, Effect, FieldChange, RuleVerdict, Step, Unread, When, chances
from policies.nftproof.symbols import CONNTRACK

LIMIT = 300_000
"""Entries of one hook at most; nested calls from many places can multiply without limit."""


class TooLargeError(Exception):
    """The hook would have more than LIMIT entries."""


class Label:
    """A position that is known only after everything before it is written."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = -1


@dataclass(slots=True)
class ProgramEntry:
    """What one rule (or policy) does to the packets of one box."""

    box: RawBox
    target: Label | None = None  # None: on to the next entry
    verdict: str = ""  # set if the packet's path in the hook ends here
    owner: int | None = None  # the rule's `order`; None for an entry that is not a rule's
    behalf: int | None = None  # for an entry without owner: the rule that it follows from (the return of a `goto`)
    policy: Where | None = None  # the base chain whose default this is
    called: Label | None = None  # for a call: where the called chain ends
    changes: tuple[tuple[str, str, int | None], ...] = ()  # (old name, new name, value or None for any)


@dataclass(frozen=True, slots=True)
class Base:
    """The position of a base chain: [start, policy) are its rules, [policy, end) its default."""

    chain: Chain
    start: int
    policy: int
    end: int


@dataclass(slots=True)
class Program:
    """All base chains of a hook, one after the other."""

    hook: Hook
    entries: list[ProgramEntry]
    bases: list[Base]
    boxer: Boxer
    first: RawBox
    chains: set[Where]  # all chains that are called


@dataclass(slots=True)
class _Frame:
    """The targets of `return` and `accept` in a chain."""

    back: Label
    done: Label


@dataclass(slots=True)
class Writer:
    """Writes a hook's entries."""

    rules: Mapping[Where, Sequence[NftRule]]
    steps: Mapping[int, Sequence[Step]]
    boxer: Boxer
    entries: list[ProgramEntry] = field(default_factory=list)
    chains: set[Where] = field(default_factory=set)
    translated: Label = field(default_factory=Label)  # where a translated packet continues

    def base(self, chain: Chain) -> Base:
        """Writes a base chain and its default."""
        self._track(chain)
        start = self._seen(chain)
        begun, frame = len(self.entries), _Frame(Label(), Label())
        self._chain(chain.where, start, frame)
        frame.back.at = len(self.entries)
        if chain.policy == "drop":
            self._put(ProgramEntry(start, verdict="drop", policy=chain.where))
        frame.done.at = len(self.entries)
        return Base(chain, begun, frame.back.at, frame.done.at)

    def _track(self, chain: Chain) -> None:
        self.boxer.early = chain.hook in ("prerouting", "output") and chain.priority < CONNTRACK

    def _seen(self, chain: Chain) -> RawBox:
        known_fields = {"l3": fields.L3, "ct state": fields.CT["state"], LATER: fields.chance(LATER)}
        return {self.boxer.now(name, known_fields[name]): values for name, values in packets_of(chain).items()}

    def translate(self) -> None:
        """From here on a packet may have other addresses and ports, and other values of what follows from them."""
        self.translated.at = len(self.entries)
        self.boxer.early = False
        for field_ in {item.name: item for item in (*fields.TRANSLATED, *self.boxer.fields.values())}.values():
            if fields.touched(field_):
                self.boxer.translated(field_)

    def _chain(self, where: Where, box: RawBox, frame: _Frame) -> None:
        self.chains.add(where)
        for rule in self.rules.get(where, ()):
            self._rule(rule, box, frame)

    def _rule(self, rule: NftRule, box: RawBox, frame: _Frame) -> None:
        boxes, decided = [box], False
        for step in self.steps[rule.order]:
            match step:
                case When(term):
                    boxes = self.boxer.narrow(boxes, term)
                case FieldChange() if boxes:
                    self._change(rule, self._one(boxes), step)
                case Unread():
                    boxes = self._unread(rule, step, boxes)
                case RuleVerdict():
                    self._verdict(rule, boxes, step, frame)
                    decided = True
                case Choice(cases):
                    for term, verdict in cases:
                        self._verdict(rule, self.boxer.narrow(boxes, term), verdict, frame)
                    decided = True
                case Effect(_, lasting) if lasting:  # takes effect whatever the rule does afterwards
                    self._put(*(ProgramEntry(part, owner=rule.order) for part in boxes))
        if not decided:
            self._put(*(ProgramEntry(part, owner=rule.order) for part in boxes))

    def _change(self, rule: NftRule, box: RawBox, step: FieldChange) -> None:
        """A field that the packet lacks stays absent."""
        present = narrowed(box, self.boxer.present(step.field))
        if present is not None:
            self._put(ProgramEntry(present, owner=rule.order, changes=tuple(self.boxer.changed(step))))

    def _one(self, boxes: Sequence[RawBox]) -> RawBox:
        return boxes[0] if len(boxes) == 1 else self.boxer.named(boxes)

    def _unread(self, rule: NftRule, step: Unread, boxes: list[RawBox]) -> list[RawBox]:
        """May match or not; if it matches, may end the packet's path or not."""
        matches, ends = map(self._chance, chances(rule.order, step.at))
        boxes = [part for box in boxes if (part := narrowed(box, matches))]
        ended = (part for box in boxes if (part := narrowed(box, ends)))
        self._put(*(ProgramEntry(part, verdict=f"unknown {step.what}", owner=rule.order) for part in ended))
        return boxes

    def _chance(self, name: str) -> RawBox:
        return {self.boxer.now(name, fields.chance(name)): single(1)}

    def _verdict(self, rule: NftRule, boxes: list[RawBox], verdict: RuleVerdict, frame: _Frame) -> None:
        if verdict.kind in ("jump", "goto"):
            if boxes:
                self._call(rule, self._one(boxes), verdict, frame)
            return
        for box in boxes:
            self._settle(rule, box, verdict, frame)

    def _settle(self, rule: NftRule, box: RawBox, verdict: RuleVerdict, frame: _Frame) -> None:
        match verdict.kind:
            case "accept":
                self._put(ProgramEntry(box, frame.done, owner=rule.order))
            case "return":
                self._put(ProgramEntry(box, frame.back, owner=rule.order))
            case "drop":
                self._put(ProgramEntry(box, verdict="drop", owner=rule.order))
            case "leave":
                self._put(ProgramEntry(box, verdict=verdict.detail, owner=rule.order))
            case "take":
                if taken := narrowed(box, self._chance(f"taken by {verdict.detail} ({rule.order})")):
                    self._put(ProgramEntry(taken, verdict=verdict.detail, owner=rule.order))
                self._put(ProgramEntry(box, owner=rule.order))
            case "offer":
                what = verdict.detail if verdict.detail.startswith("queue") else "translation"
                ended = narrowed(box, self._chance(f"{what} ends the way"))
                if ended:
                    self._put(ProgramEntry(ended, verdict=verdict.detail, owner=rule.order))
                done = frame.done if what.startswith("queue") else self.translated
                self._put(ProgramEntry(box, done, owner=rule.order))
            case _:
                self._put(ProgramEntry(box, owner=rule.order))

    def _call(self, rule: NftRule, box: RawBox, verdict: RuleVerdict, frame: _Frame) -> None:
        """A called chain's rules, for the packets of the call. After `goto`, it returns where the caller would."""
        end = Label()
        self._put(ProgramEntry(box, owner=rule.order, called=end))
        inner = frame if verdict.kind == "goto" else _Frame(end, frame.done)
        path, self.boxer.path = self.boxer.path, called(self.boxer.path, rule)
        self._chain((*rule.where[:2], verdict.detail), box, inner)
        self.boxer.path = path
        if verdict.kind == "goto":
            self._put(ProgramEntry(box, frame.back, behalf=rule.order))
        end.at = len(self.entries)

    def _put(self, *entries: ProgramEntry) -> None:
        self.entries += entries
        if len(self.entries) > LIMIT:
            raise TooLargeError


def program(
    ruleset: Ruleset,
    hook: Hook,
    chains: Sequence[Chain],
    steps: Mapping[int, Sequence[Step]],
    boxer: Boxer | None = None,
) -> Program:
    """Everything that the hook's base chains do, in the kernel's order. `steps`: rule's `order` -> its steps.

    Programs that are compared share a `boxer`, which must know where both cut their fields.
    """
    boxer = boxer or Boxer(cuts(steps.values()))
    boxer.versions, boxer.early = {}, False
    writer = Writer(ruleset.rules_of(), steps, boxer)
    first = {boxer.now(name, FIRST[name]): values for name, values in first_values(hook).items()}
    bases, place = [], translated_before(ruleset, hook, chains)
    for number, chain in enumerate(chains):
        if number == place:
            writer.translate()
        bases.append(writer.base(chain))
    if place == len(chains):
        writer.translate()
    boxer.early = False
    return Program(hook, writer.entries, bases, boxer, first, writer.chains)


FIRST = {"l3": fields.L3, "l4proto": fields.L4, "iif": fields.IIF, "oif": fields.OIF}
