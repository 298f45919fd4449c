"""Walk one packet through a ruleset rule by rule, directly from nft's JSON: the cross-check of every witness.

It shares the JSON reader, field names and chain order with the proof, but evaluates conditions, chains and verdicts
with separate code. Tests compare it with the kernel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from policies.nftproof import fields, symbols
from policies.nftproof.hooks import Hook, hooks_of, packets_of, translated_before
from policies.nftproof.listing import Chain, NftRule, Ruleset, called
from policies.nftproof.match import Ask, Packet, number
from policies.nftproof.statements import Step, Unread, chances
from policies.nftproof.values import MISREAD, UnreadError

WALKED = frozenset(("accept", "drop", "return", "jump", "goto", "continue"))
TRANSLATED = frozenset(("dnat", "snat", "masquerade", "redirect"))
TCP = 6
FAMILY = {"ip": fields.IPV4, "ip6": fields.IPV6}
INVALID, UNTRACKED = symbols.TABLES["ct state"]["invalid"], symbols.TABLES["ct state"]["untracked"]
ENDING = TRANSLATED | {"reject", "queue"}


@dataclass(frozen=True, slots=True)
class Passage:
    """A rule (None: the policy) that decided about a packet in a chain, and its verdict."""

    chain: str
    rule: NftRule | None
    what: str


@dataclass(slots=True)
class WalkOutcome:
    """`packet` is the packet after all changes; `sure` is False if its fields are unknown after a translation."""

    verdict: str
    trail: list[Passage]
    packet: Packet
    sure: bool = True


class _OverError(Exception):
    """The packet's path in this hook ends, with this verdict."""


@dataclass(slots=True)
class _Walk:
    packet: dict[str, int]
    without: int | None
    trail: list[Passage] = field(default_factory=list)
    early: bool = False
    sure: bool = True
    path: str = ""  # of the calls that lead here
    translated: bool = False  # by a rule: no further chain of type nat sees it


class Interpreter:
    """Walks packets through one ruleset.

    Constructs that `steps` marks as not understood are not evaluated here either.
    """

    def __init__(self, ruleset: Ruleset, steps: Mapping[int, Sequence[Step]] | None = None) -> None:
        self.ruleset = ruleset
        read_steps = (steps or {}).items()
        self.unread = {
            (order, step.at): step.what
            for order, rule_steps in read_steps
            for step in rule_steps
            if isinstance(step, Unread)
        }
        self.rules = ruleset.rules_of()
        self.hooks = hooks_of(ruleset)
        self._fields_of: dict[
            int, list[fields.Field]
        ] = {}  # by the id() of this ruleset's expressions, which live as long

    def outcome(self, hook: Hook, packet: Packet, without: int | None = None) -> WalkOutcome:
        """The packet's outcome in the hook; `without`: the `order` of a rule that is left out."""
        walk = _Walk(copy(packet) if isinstance(packet, dict) else dict(packet), without)
        chains = self.hooks.get(hook, [])
        place = translated_before(self.ruleset, hook, chains)
        try:
            for number, chain in enumerate(chains):
                if number == place:
                    self._translated(walk)
                if chain.kind != "nat" or not walk.translated:
                    self._base(walk, chain)
            if place == len(chains):
                self._translated(walk)
        except _OverError as over:
            return WalkOutcome(str(over), walk.trail, walk.packet, walk.sure)
        return WalkOutcome("accept", walk.trail, walk.packet, walk.sure)

    def _translated(self, walk: _Walk) -> None:
        """Later packets of a connection are translated here without passing a rule: their new addresses are unknown."""
        walk.sure = False

    def _base(self, walk: _Walk, chain: Chain) -> None:
        walk.early = chain.hook in ("prerouting", "output") and chain.priority < symbols.CONNTRACK
        for name, spans in packets_of(chain).items():
            if not any(low <= walk.packet.get(name, 0) <= high for low, high in spans):
                return
        if not self._chain(walk, chain) and chain.policy == "drop":
            walk.trail.append(Passage(chain.where[2], None, "drop"))
            raise _OverError("drop")

    def _chain(self, walk: _Walk, chain: Chain) -> bool:
        """True if a rule accepted; False if the chain ended or returned."""
        for rule in self.rules[chain.where]:
            verdict = None if rule.order == walk.without else self._rule(walk, rule)
            if verdict is None:
                continue
            ((kind, body),) = verdict.items()
            walk.trail.append(Passage(chain.where[2], rule, kind))
            if kind in ("accept", "return"):
                return kind == "accept"
            if kind in ("jump", "goto"):
                path, walk.path = walk.path, called(walk.path, rule)
                accepted = self._chain(walk, self.ruleset.chains[(*rule.where[:2], body["target"])])
                walk.path = path
                if accepted or kind == "goto":
                    return accepted
            elif kind != "continue":
                raise _OverError(kind)
        return False

    def _rule(self, walk: _Walk, rule: NftRule) -> dict[str, Any] | None:
        """The rule's verdict for this packet; None if it does not match or gives no verdict."""
        for at, statement in enumerate(rule.expr):
            ask = Ask(self.ruleset, rule, at, walk.packet, walk.early, walk.path, self._fields_of)
            try:
                kind, body = self._statement(rule, at, statement)
                if kind in WALKED:
                    return dict(statement)
                if kind == "vmap":
                    return ask.mapped(body)  # type: ignore[no-any-return]
                if (end := _ending(walk, ask, kind, body)) is not None:
                    return {end: None} if end else None
                if not (_changed(walk, ask, kind, body) and _goes_on(ask, kind, body)):
                    return None
            except MISREAD:
                matches, ends = map(ask.value, chances(rule.order, at))
                if not matches or ends:
                    return {f"unknown {self.unread.get((rule.order, at), '')}": None} if matches else None
        return None

    def _statement(self, rule: NftRule, at: int, statement: dict[str, Any]) -> tuple[str, Any]:
        ((kind, body),) = statement.items()
        if (rule.order, at) in self.unread or kind == "xt":
            raise UnreadError(kind)
        return kind, body


def _goes_on(ask: Ask, kind: str, body: Any) -> bool:
    """Whether the rule goes on after this statement."""
    if kind == "match":
        return ask.holds(body)
    if kind in ("limit", "quota", "ct count", "meter"):
        return ask.chance(kind)
    if kind in ("set", "map"):
        return ask.load(body["elem"]) is not None and ask.chance(f"{kind} {body[kind]}")
    if kind == "tproxy":
        return FAMILY.get(str(body.get("family"))) in (None, ask.value("l3")) and ask.chance(kind)
    if isinstance(body, dict) and "map" in body:
        return ask.mapped(body["map"]) is not None
    return True


def _ending(walk: _Walk, ask: Ask, kind: str, body: Any) -> str | None:
    """The verdict with which a statement ends the packet's path or chain; empty if the rule does not match there."""
    if kind in ("synproxy", "ct expectation"):
        return _taken(ask, kind, ask.value("l4proto") == TCP if kind == "synproxy" else ask.chance(kind))
    if kind not in ENDING:
        return None
    words = f"{kind} {'' if body is None else json.dumps(body, sort_keys=True)}".strip()
    if kind == "reject":
        family = {"icmp": fields.IPV4, "icmpv6": fields.IPV6}.get(str(body.get("type")) if body else "")
        if body and body.get("type") == "tcp reset" and ask.value("l4proto") != TCP:
            return ""
        fit = family is None or ask.rule.where[0] in ("ip", "ip6") or ask.value("l3") == family
        return words if fit else ""
    if kind in TRANSLATED:
        if FAMILY.get(str(body.get("family")) if body else "") not in (None, ask.value("l3")):
            return ""
        maps = [item["map"] for item in body.values() if isinstance(item, dict) and "map" in item] if body else []
        if any(ask.mapped(item) is None for item in maps):
            return ""
        if not ask.value("translation ends the way"):
            walk.sure, walk.translated = False, True
            return "accept"
        return words
    if kind == "queue":
        return words if ask.value(f"{words} ends the way") else "accept"
    return words


def _taken(ask: Ask, kind: str, fit: bool) -> str | None:
    """The verdict for a packet that the statement takes."""
    if not fit:
        return ""
    return kind if ask.value(f"taken by {kind} ({ask.rule.order})") else None


def _untracked(walk: _Walk) -> None:
    """The kernel no longer looks up the packet's connection; a connection that is already known stays."""
    if not walk.early and walk.packet.get("ct state") != INVALID:
        return
    none = {"ct state": UNTRACKED, "ct direction": fields.ABSENT, "ct mark": fields.ABSENT, "ct status": fields.ABSENT}
    walk.packet.update(none | ({"ct state before tracking": UNTRACKED} if walk.early else {}))


def _changed(walk: _Walk, ask: Ask, kind: str, body: Any) -> bool:
    """Apply a statement's changes; whether the packet has the fields for it."""
    if kind == "notrack":
        _untracked(walk)
    return kind != "mangle" or _change(walk, ask, body)


def _kept(value: Any) -> Any:
    """The field of which a new value keeps some bits and sets others; the proof treats other values as unknown."""
    while isinstance(value, dict) and (op := next(iter(value))) in ("&", "|"):
        value = value[op][0]
    return value


def _change(walk: _Walk, ask: Ask, body: dict[str, Any]) -> bool:
    """Whether the packet has the header whose field gets another value."""
    (kind,) = ask.kinds(body["key"])
    value = body["value"]
    if not ask.has(kind):
        return False
    if kind.name == fields.LABELS:
        kind, new = fields.label(value), 1
    elif isinstance(value, dict) and "map" in value:
        mapped = ask.mapped(value["map"])
        if mapped is None:
            return False
        new, walk.sure = number(kind, mapped), False
    else:
        try:
            new = number(replace(kind, flags=True), value)
        except UnreadError:
            loaded = ask.load(value)
            if loaded is None:
                return False
            new, walk.sure = loaded[0], walk.sure and _kept(value) == body["key"]
    if ask.value(kind.name, kind.domain[0][0]) is not None:  # a packet without a connection does not get one
        walk.packet[kind.name] = new
    return True
