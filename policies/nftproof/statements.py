"""A rule as steps in their order: conditions, changes to the packet, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.nftproof import fields
from policies.nftproof.conditions import Alternative, ConditionPart, ConditionTerm, Reader, Test, words_of
from policies.nftproof.fields import Field
from policies.nftproof.intervals import Spans, single
from policies.nftproof.listing import UNREAD_FAMILIES, NftRule, Ruleset
from policies.nftproof.values import MISREAD, UnreadError, number_of

SILENT = frozenset(("counter", "log", "last", "flow", "dup", "ct helper", "ct timeout", "ct expectation", "secmark"))
"""Statements that decide nothing about the packet itself: a rule with one of them exists for its effect."""
TOLD_ONLY = frozenset(("counter", "log", "last"))
"""Those among them whose effect nothing in the kernel reads again."""
CHANCES = frozenset(("limit", "quota", "ct count", "meter"))
"""Statements that match or not by counting."""
TRANSLATIONS = frozenset(("dnat", "snat", "masquerade", "redirect"))
NOT_CHANGED = frozenset(("l3", "l4proto", "ip6 nexthdr"))
"""Fields that the kernel keeps in several places, of which a change reaches only one."""
TCP = ("l4proto", single(6))
SIMPLE = frozenset(("accept", "drop", "return", "continue"))
OF_FRAMES = frozenset(("match", "counter", "jump", "goto", *SIMPLE))
"""Statements that are understood in family bridge, which a lab's Docker engines use."""


@dataclass(frozen=True, slots=True)
class When:
    """Continue only if the term holds."""

    term: ConditionTerm


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field gets a new value under `mask` (None: the whole field); value None means any."""

    field: Field
    mask: int | None = None
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect beside the packet's path. `lasting` if it may decide about a later packet."""

    what: str
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """The verdict on a packet. `kind`: accept, drop, return, continue, jump, goto, leave, take or offer.

    `leave` ends the packet's path in the hook with the verdict `detail`; `take` does so or lets the rule continue, by
    chance; `offer` does so or accepts the packet, as another program decides, or as the
    proof's question assumes.
    """

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A verdict map: the verdict of the first term that holds, if any."""

    cases: tuple[tuple[ConditionTerm, RuleVerdict], ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is not understood, by name. It may match or not, decide or not.

    `at` is the statement's number in its rule.
    """

    what: str
    at: int


Step = When | FieldChange | Effect | RuleVerdict | Choice | Unread


def steps(ruleset: Ruleset, rule: NftRule) -> list[Step]:
    """The steps of one rule. What is not understood is a step, too, never an exception."""
    reader = Reader(ruleset, rule)
    rule_steps: list[Step] = []
    for reader.at, statement in enumerate(rule.expr):
        try:
            rule_steps += _read(reader, statement)
        except MISREAD as error:
            what = str(error) if isinstance(error, UnreadError) else f"{json.dumps(statement)[:120]}"
            rule_steps.append(Unread(what, reader.at))
    return rule_steps


def _read(reader: Reader, statement: Any) -> Iterator[Step]:
    if not isinstance(statement, dict) or len(statement) != 1:
        raise UnreadError(f"statement {json.dumps(statement)[:120]}")
    ((kind, body),) = statement.items()
    family = reader.rule.where[0]
    if family in UNREAD_FAMILIES or (family == "bridge" and kind not in OF_FRAMES):
        raise UnreadError(f"statement {kind} in family {family}")
    if kind == "match":
        yield When(reader.match(body))
    elif kind in SIMPLE:
        yield RuleVerdict(kind)
    elif kind in ("jump", "goto"):
        yield RuleVerdict(kind, str(body["target"]))
    elif kind == "vmap":
        yield from _vmap(reader, body)
    elif kind == "mangle":
        yield from _changed(reader, body)
    elif kind in CHANCES or kind in ("set", "map"):
        yield from _counted(reader, kind, body)
    elif kind in SILENT:
        yield from _silent(reader, kind, body)
    else:
        yield from _leaving(reader, kind, body)


def _silent(reader: Reader, kind: str, body: Any) -> Iterator[Step]:
    """A counter can be selected by a map lookup.

    `ct expectation` drops the packet unless the connection is new and there is room for the expectation.
    """
    if isinstance(body, dict) and "map" in body:
        yield When(_listed(reader, body["map"]))
    if kind == "ct expectation":
        yield When(reader.chance(kind))
        yield RuleVerdict("take", kind)
    yield Effect(kind, kind not in TOLD_ONLY)


def _leaving(reader: Reader, kind: str, body: Any) -> Iterator[Step]:
    """Statements that end the packet's path here, or hand it to another program."""
    if kind == "reject":
        if families := _rejected(reader.rule.where[0], body):
            yield When(ConditionTerm(((),), needs=families))
        yield RuleVerdict("leave", f"reject {_told(body)}".strip())
    elif kind in TRANSLATIONS:
        if families := _translated(body):
            yield When(ConditionTerm(((),), needs=families))
        for lookup in _asked(body):
            yield When(_listed(reader, lookup))
        yield RuleVerdict("offer", f"{kind} {_told(body)}".strip())
    elif kind == "queue":
        yield RuleVerdict("offer", f"queue {_told(body)}".strip())
    elif kind == "notrack":
        yield FieldChange(fields.CT["state"])
    elif kind in ("synproxy", "tproxy"):
        yield from _proxied(reader, kind, body)
    elif kind == "xt":
        name = body.get("name", "") if isinstance(body, dict) else ""
        yield Unread(f"xt {body.get('type', '') if isinstance(body, dict) else ''} {name}".strip(), reader.at)
    else:
        raise UnreadError(f"statement {kind}")


def _proxied(reader: Reader, kind: str, body: Any) -> Iterator[Step]:
    """`synproxy` answers a new connection on behalf of its target; `tproxy` hands the packet to a socket, if any."""
    if kind == "synproxy":
        yield When(ConditionTerm(((),), needs=(TCP,)))
        yield RuleVerdict("take", kind)
    else:
        yield When(replace(reader.chance(kind), needs=_translated(body)))
        yield Effect(kind)


def _rejected(family: str, body: Any) -> tuple[tuple[str, Spans], ...]:
    """Rejecting with one family's ICMP applies to its packets, a reset to TCP: nft tests this without listing it."""
    kind = body.get("type") if isinstance(body, dict) else None
    if kind == "tcp reset":
        return (TCP,)
    if family in ("ip", "ip6") or kind not in ("icmp", "icmpv6"):
        return ()
    return fields.V4 if kind == "icmp" else fields.V6


def _translated(body: Any) -> tuple[tuple[str, Spans], ...]:
    """Translation to an address of one family applies to its packets: nft tests this without listing it."""
    family = body.get("family") if isinstance(body, dict) else None
    return {"ip": fields.V4, "ip6": fields.V6}.get(str(family), ())


def _vmap(reader: Reader, body: dict[str, Any]) -> Iterator[Step]:
    parts = reader.parts(body["key"])
    members, certain = _elements(reader, body["data"])
    needs = tuple(need for part in parts for need in part.field.needs)
    yield from _loaded(parts)
    cases: list[tuple[ConditionTerm, RuleVerdict]] = []
    earlier: list[Alternative] = []
    for key, verdict in members:
        alternatives = tuple(reader.alternatives(parts, [key]))
        rest = alternatives == ((),)  # `*`: whatever no other element matches
        term = ConditionTerm(tuple(earlier), True, needs) if rest else ConditionTerm(alternatives, needs=needs)
        earlier += alternatives
        ((kind, target),) = verdict.items()
        cases.append((term, RuleVerdict(kind, str(target["target"]) if kind in ("jump", "goto") else "")))
    if not certain:
        yield When(reader.chance(f"map {body['data']}"))
    yield Choice(tuple(cases))


def _loaded(parts: Sequence[ConditionPart]) -> Iterator[Step]:
    """If a part of the key is absent, the rule does not match, not even by `*`."""
    for part in parts:
        if part.field.values != part.field.domain:
            yield When(ConditionTerm(((Test(part.field, part.field.values),),), needs=part.field.needs))


def _elements(reader: Reader, data: Any) -> tuple[list[list[Any]], bool]:
    """The pairs of a map, catch-all last, and whether they are certain to be present."""
    if isinstance(data, dict):
        return sorted(data["set"], key=lambda pair: _bare(pair[0]) == "*"), True
    where = (*reader.rule.where[:2], str(data).removeprefix("@"))
    named_map = reader.ruleset.sets.get(where)
    if named_map is None:
        raise UnreadError(f"map {data}, which is not listed")
    certain = not named_map.fleeting and where not in reader.ruleset.updated
    return sorted(named_map.elements, key=lambda pair: _bare(pair[0]) == "*"), certain


def _bare(key: Any) -> Any:
    return key["elem"]["val"] if isinstance(key, dict) and "elem" in key else key


def _asked(body: Any) -> Iterator[dict[str, Any]]:
    """The maps in which a translation looks up its new address: without an entry, the rule does not match."""
    if isinstance(body, dict):
        for inner in body.values():
            if isinstance(inner, dict) and "map" in inner:
                yield inner["map"]


def _listed(reader: Reader, body: dict[str, Any]) -> ConditionTerm:
    """The packet's key is among those of a map."""
    parts = reader.parts(body["key"])
    members, certain = _elements(reader, body["data"])
    if not certain:
        return reader.chance(f"map {body['data']}")
    needs = tuple(need for part in parts for need in part.field.needs)
    return ConditionTerm(tuple(reader.alternatives(parts, [pair[0] for pair in members])), needs=needs)


def _changed(reader: Reader, body: dict[str, Any]) -> Iterator[Step]:
    """A header's field can only be changed if the packet has that header: else the rule does not match."""
    (part,) = reader.parts(body["key"])
    if part.field.name in NOT_CHANGED:
        raise UnreadError(f"change of {words_of(body['key'])}")
    if part.field.needs:
        yield When(ConditionTerm(((),), needs=part.field.needs))
    yield from _there(reader, part, body["value"])
    yield _change(reader, part, body["value"])


def _there(reader: Reader, changed: ConditionPart, value: Any) -> Iterator[Step]:
    """The source of a new value (a map's entry, a connection) must be present, or the rule does not match."""
    if not isinstance(value, dict):
        return
    if "map" in value:
        yield When(_listed(reader, value["map"]))
        return
    try:
        number_of(replace(changed.field, flags=True), value)
    except UnreadError:
        for part in reader.parts(value):
            yield When(ConditionTerm(((Test(part.field, part.field.values),),), needs=part.field.needs))


def _change(reader: Reader, part: ConditionPart, value: Any) -> Step:
    if part.field.name.startswith(("tcp option", "meta nftrace", "ct event", "exthdr")):
        return Effect(part.field.name, "nftrace" not in part.field.name)
    if part.field.name == fields.LABELS:
        return FieldChange(fields.label(value), None, 1)
    try:
        return FieldChange(part.field, None, number_of(replace(part.field, flags=True), value))
    except UnreadError:
        return _partly(reader, part.field, value)


def _partly(reader: Reader, changed: Field, value: Any) -> FieldChange:
    """`mark set mark & A | B` keeps the bits it does not name; anything else may become any value."""
    try:
        parts = reader.parts(value)
    except UnreadError:
        return FieldChange(changed)
    if len(parts) != 1 or parts[0].field != changed or parts[0].mask is None:
        return FieldChange(changed)
    kept = parts[0].mask
    flipped = kept & parts[0].flip
    return FieldChange(changed) if flipped else FieldChange(changed, ~kept & ((1 << changed.bits) - 1), parts[0].flip)


def _counted(reader: Reader, kind: str, body: Any) -> Iterator[Step]:
    """A full set, or an exceeded rate within an update, ends the rule as a limit does."""
    if kind in ("set", "map"):
        parts = reader.parts(_bare(body["elem"]))
        needs = tuple(need for part in parts for need in part.field.needs)
        yield from _loaded(parts)
        yield When(replace(reader.chance(f"{kind} {body[kind]}"), needs=needs))
        yield Effect(f"{body.get('op', '')} {body[kind]}".strip())
    else:
        yield When(reader.chance(kind))
        if isinstance(body, str):  # an object with a name counts for every rule that names it
            yield Effect(f"{kind} {body}")


def _told(body: Any) -> str:
    """A statement's arguments in one line, the same for the same arguments."""
    return "" if body is None else json.dumps(body, sort_keys=True)


def chances(rule: int, at: int) -> tuple[str, str]:
    """Names of the two chances of a statement that is not understood: does it match, does it end the path."""
    return f"unread matches ({rule}.{at})", f"unread ends ({rule}.{at})"


def settles(statements: Sequence[Step]) -> bool:
    """Whether a rule only decides about packets: it calls no chain and changes nothing."""
    return (
        bool(_verdicts(statements))
        and not calls(statements)
        and not any(isinstance(o, FieldChange) for o in statements)
    )


def calls(statements: Sequence[Step]) -> bool:
    """Whether a rule leads to another chain."""
    return not _verdicts(statements).isdisjoint(("jump", "goto"))


def _verdicts(statements: Sequence[Step]) -> set[str]:
    kinds = {statement.kind for statement in statements if isinstance(statement, RuleVerdict)}
    return kinds | {
        verdict.kind for statement in statements if isinstance(statement, Choice) for _, verdict in statement.cases
    }
