"""Matches as tests of fields: left sides, operators, sets and concatenations of nft's JSON, in one form.

A `Term` holds for a packet where one of its alternatives holds (or none, where negated) and the packet has what every
part needs. A rule's condition is that all its terms hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.nftproof import fields
from policies.nftproof.fields import Field
from policies.nftproof.intervals import Spans, cubes, masked, single, without
from policies.nftproof.listing import NftRule, Ruleset
from policies.nftproof.values import UnreadError, in_order, number_of, values_of


@dataclass(frozen=True, slots=True)
class Test:
    """The value lies in `wanted`, or (if intervals cannot express it) fits one of `cubes`: x & care == value."""

    field: Field
    values: Spans
    cubes: tuple[tuple[int, int], ...] = ()


Alternative = tuple[Test, ...]
TAG = (fields.TAGGED.name, single(0))


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    alternatives: tuple[Alternative, ...]
    negated: bool = False
    needs: tuple[tuple[str, Spans], ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionPart:
    """What one key of a match reads: (x & mask) ^ flip; the whole field if mask is None."""

    field: Field
    mask: int | None = None
    flip: int = 0

    def test(self, matching: Spans, negated: bool = False) -> Test:
        possible = self.field.values
        if self.mask is None:
            return Test(self.field, without(possible, matching) if negated else matching)
        values = ((0, (1 << self.field.bits) - 1),)
        matching = without(values, matching) if negated else matching
        spans = masked(matching, self.mask, self.flip, possible)
        return Test(self.field, spans) if spans is not None else Test(self.field, (), self._cubes(matching))

    def _cubes(self, matching: Spans) -> tuple[tuple[int, int], ...]:
        """Bits outside the mask must be 0 in the compared value; the flip moves to the other side."""
        assert self.mask is not None
        outside = ((1 << self.field.bits) - 1) & ~self.mask
        pairs = set()
        for value, care in cubes(matching, self.field.bits):
            if (value ^ self.flip) & care & outside == 0:
                pairs.add(((value ^ self.flip) & care & self.mask, care & self.mask))
        return tuple(sorted(pairs))


@dataclass(slots=True)
class Reader:
    """Reads one rule's matches, with the ruleset that their names refer to."""

    ruleset: Ruleset
    rule: NftRule
    at: int = 0  # number of the statement being read

    @property
    def frames(self) -> bool:
        """Whether the rule sees a bridge's frames."""
        return self.rule.where[0] == "bridge"

    def chance(self, what: str) -> ConditionTerm:
        """A condition of this statement only, which no packet decides."""
        return ConditionTerm(((Test(fields.chance(chance_name(what, self.rule, self.at)), single(1)),),))

    def match(self, body: dict[str, Any]) -> ConditionTerm:
        """`{"match": {"op", "left", "right"}}` as a term. Raises UnreadError for anything unknown."""
        op, left, right = body.get("op", "=="), body["left"], body["right"]
        if self.frames and not _of_frames(left):
            raise UnreadError(f"{words_of(left)} in family bridge")
        if isinstance(right, bool):
            return self._presence(left, right if op != "!=" else not right)
        parts = self.parts(left)
        if isinstance(right, str) and right.startswith("@"):
            return self._lookup(parts, left, right[1:], op)
        raw = isinstance(left, dict) and "base" in left.get("payload", {})
        return self._compare(parts, op, _split(parts, right) if raw and len(parts) > 1 else right)

    def _compare(self, parts: Sequence[ConditionPart], op: str, right: Any) -> ConditionTerm:
        if len(parts) > 1:
            if op not in ("==", "!=", "in"):
                raise UnreadError(f"operator {op} on a concatenation")
            return ConditionTerm(tuple(self.alternatives(parts, _members(right))), op == "!=", _needs(parts))
        part = parts[0]
        if part.field.name == fields.LABELS:
            return _labelled(op, right)
        if op in ("<", ">", "<=", ">="):
            return _alone(part, _ordered(part.field, op, in_order(part.field, right)), False)
        if part.field.flags and op in ("in", "!") and not _is_set(right):
            bits = number_of(part.field, right)
            tested = ConditionPart(part.field, bits if part.mask is None else bits & part.mask)
            return _alone(tested, single(0), negated=op == "in")
        if op not in ("==", "!=", "in"):
            raise UnreadError(f"operator {op}")
        return _alone(part, _wanted(part, right), op == "!=")

    def alternatives(self, parts: Sequence[ConditionPart], members: Sequence[Any]) -> Iterator[Alternative]:
        """Each member of a set as tests of the parts; `*` stands for any value."""
        for member in members:
            value = member["elem"]["val"] if isinstance(member, dict) and "elem" in member else member
            if value == "*":
                yield ()
            elif len(parts) == 1:
                yield (parts[0].test(_wanted(parts[0], value)),)
            else:
                values = value.get("concat") if isinstance(value, dict) else None
                if not isinstance(values, list) or len(values) != len(parts):
                    raise UnreadError(f"element {json.dumps(value)} of a concatenation of {len(parts)}")
                yield tuple(
                    part.test(_wanted(part, member_value)) for part, member_value in zip(parts, values, strict=True)
                )

    def _lookup(self, parts: Sequence[ConditionPart], left: Any, name: str, op: str) -> ConditionTerm:
        where = (*self.rule.where[:2], name)
        named_set = self.ruleset.sets.get(where)
        if named_set is None:
            raise UnreadError(f"set @{name}, which is not listed")
        if op not in ("==", "!=", "in"):
            raise UnreadError(f"operator {op} on a set")
        negated = op == "!="
        if where in self.ruleset.updated:  # its content may change between two rules
            term = self.chance(f"@{name}")
            return replace(term, negated=negated, needs=_needs(parts))
        if named_set.fleeting:
            held = Test(fields.chance(f"{words_of(left)} in {' '.join(where)}"), single(1))
            return ConditionTerm(((held,),), negated, _needs(parts))
        if len(parts) == 1 and "*" not in named_set.elements:
            return _alone(parts[0], _wanted(parts[0], {"set": list(named_set.elements)}), negated)
        return ConditionTerm(tuple(self.alternatives(parts, named_set.elements)), negated, _needs(parts))

    def _presence(self, left: Any, present: bool) -> ConditionTerm:
        needs = _needs(self.parts(left))
        if not present:  # without this transport header, the field is absent, too
            needs = tuple(need for need in needs if need[0] != "l4proto")
        presence = fields.present(words_of(left))
        return ConditionTerm(((Test(presence, single(int(present))),),), needs=needs)

    def parts(self, left: Any) -> list[ConditionPart]:
        """The fields that a left side reads: one, or one for each member of a concatenation."""
        match left:
            case {"concat": list(members)}:
                return [part for member in members for part in self.parts(member)]
            case {"&": [inner, bits]} | {"|": [inner, bits]} | {"^": [inner, bits]}:
                return [_bitwise(self._one(inner), next(iter(left)), bits)]
            case {"payload": {"base": base, "offset": int(offset), "len": int(length)}}:
                return [ConditionPart(item) for item in _raw(self.rule.where[0], base, offset, length)]
            case {"payload": {"protocol": str(header), "field": str(name)}}:
                return [ConditionPart(self._payload(header, name))]
            case {"meta": {"key": "random"}}:
                return [ConditionPart(replace(self._unique("meta random"), domain=((0, (1 << 32) - 1),)))]
            case {"meta": {"key": str(key)}}:
                return [ConditionPart(_keyed("meta", key, fields.META, fields.FREE_META, left))]
            case {"ct": {"key": str()}} | {"rt": {"key": str()}}:
                return [ConditionPart(_tracked_or_routed(left))]
            case {"numgen": {"mod": int(mod)}}:
                first = int(left["numgen"].get("offset", 0))
                return [ConditionPart(replace(self._unique("numgen"), domain=((first, first + mod - 1),)))]
            case {**only} if len(only) == 1 and (kind := str(next(iter(only)))) in fields.FREE_EXPRESSIONS:
                return [ConditionPart(fields.free(words_of(left), _carrier(kind)))]
        raise UnreadError(f"expression {words_of(left)}")

    def _one(self, left: Any) -> ConditionPart:
        parts = self.parts(left)
        if len(parts) != 1:
            raise UnreadError(f"bits of {words_of(left)}")
        return parts[0]

    def _unique(self, what: str) -> Field:
        return fields.free(f"{what} ({own_name(self.rule, self.at)})")

    def _payload(self, header: str, name: str) -> Field:
        field_ = fields.PAYLOAD.get((header, name))
        if field_ is None:
            if header not in fields.NEEDS:
                raise UnreadError(f"header {header}")
            field_ = fields.free(f"{header} {name}", fields.NEEDS[header])
        return replace(field_, needs=(*field_.needs, TAG)) if self.frames and header not in ("ip", "ip6") else field_


def _of_frames(left: Any) -> bool:
    """Whether a test of a bridge's frames is understood: of a header that the tables of a lab's engines test."""
    payload = left.get("payload") if isinstance(left, dict) and len(left) == 1 else None
    return isinstance(payload, dict) and payload.get("protocol") in ("ip", "ip6", "icmpv6")


def _alone(part: ConditionPart, matching: Spans, negated: bool) -> ConditionTerm:
    return ConditionTerm(((part.test(matching, negated),),), needs=part.field.needs)


def _labelled(op: str, right: Any) -> ConditionTerm:
    """Connections that have a label, or have it not."""
    if op not in ("in", "==", "!") or not isinstance(right, int | str):
        raise UnreadError(f"operator {op} on {fields.LABELS} {json.dumps(right)}")
    return ConditionTerm(((Test(fields.label(right), single(int(op != "!"))),),))


def _needs(parts: Sequence[ConditionPart]) -> tuple[tuple[str, Spans], ...]:
    return tuple(need for part in parts for need in part.field.needs)


def _wanted(part: ConditionPart, value: Any) -> Spans:
    return values_of(part.field, value)


def _members(right: Any) -> list[Any]:
    return list(right["set"]) if _is_set(right) else [right]


def _is_set(right: Any) -> bool:
    return isinstance(right, dict) and isinstance(right.get("set"), list)


def _ordered(field_: Field, op: str, number: int) -> Spans:
    possible = field_.values
    low, high = possible[0][0], possible[-1][1]
    below, above = (low, number - (op == "<")), (number + (op == ">"), high)
    matching = (below if op[0] == "<" else above,)
    return tuple(pair for pair in matching if pair[0] <= pair[1])


def _bitwise(part: ConditionPart, op: str, operand: Any) -> ConditionPart:
    every = (1 << part.field.bits) - 1
    bits = number_of(replace(part.field, flags=True), operand)
    mask, flip = every if part.mask is None else part.mask, part.flip
    if op == "&":
        return ConditionPart(part.field, mask & bits, flip & bits)
    if op == "|":
        return ConditionPart(part.field, mask & ~bits, (flip & ~bits) | bits)
    return ConditionPart(part.field, mask, flip ^ bits)


def _tracked_or_routed(left: Any) -> Field:
    """What the kernel looks up for a packet: `ct` or `rt`."""
    match left:
        case {"ct": {"key": "ip saddr" | "ip daddr" | "ip6 saddr" | "ip6 daddr" as key}}:
            family = key.split()[0]
            return fields.address(words_of(left), family, fields.V4 if family == "ip" else fields.V6)
        case {"rt": {"key": "nexthop", "family": "ip" | "ip6" as family}}:
            return fields.address(words_of(left), family, fields.V4 if family == "ip" else fields.V6)
        case {"ct": {"key": str(key)}}:
            named = {} if "dir" in left["ct"] else fields.CT
            return _keyed("ct", key.split()[-1], named, fields.FREE_CT, left)
    return fields.free(words_of(left))


def _keyed(kind: str, key: str, named: dict[str, Field], free: frozenset[str], left: Any) -> Field:
    if key in named:
        return named[key]
    if key in free:
        return fields.free(words_of(left))
    raise UnreadError(f"{kind} {key}")


def _carrier(kind: str) -> tuple[tuple[str, Spans], ...]:
    """The header without which such a value is absent."""
    header = {"tcp option": "tcp", "ip option": "ip", "exthdr": "ip6", "sctp chunk": "sctp", "dccp option": "dccp"}
    return fields.NEEDS[header[kind]] if kind in header else ()


_RAW: dict[tuple[str, str], dict[tuple[int, int], tuple[str, str]]] = {
    ("th", ""): {(0, 16): ("th", "sport"), (16, 16): ("th", "dport")},
    ("nh", "ip"): {(72, 8): ("ip", "protocol"), (96, 32): ("ip", "saddr"), (128, 32): ("ip", "daddr")},
    ("nh", "ip6"): {(64, 128): ("ip6", "saddr"), (192, 128): ("ip6", "daddr")},
}


def _raw(family: str, base: str, offset: int, length: int) -> list[Field]:
    """Bits of a header, if they are whole fields that have a name."""
    layout = _RAW.get((base, family if base == "nh" else ""), {})
    fields_, at = [], offset
    while at < offset + length:
        place = next((item for item in layout if item[0] == at), None)
        if place is None or at + place[1] > offset + length:
            raise UnreadError(f"raw payload @{base},{offset},{length}")
        fields_.append(fields.PAYLOAD[layout[place]])
        at += place[1]
    return fields_


def _split(parts: Sequence[ConditionPart], value: Any) -> dict[str, Any]:
    """One raw number over several fields, the first in its highest bits."""
    if not isinstance(value, int):
        raise UnreadError(f"raw payload compared with {json.dumps(value)}")
    members: list[int] = []
    for part in reversed(parts):
        members.insert(0, value & ((1 << part.field.bits) - 1))
        value >>= part.field.bits
    return {"concat": members}


def chance_name(what: str, rule: NftRule, at: int) -> str:
    """The name of a statement's own chance; it is no field of a connection, even if it counts connections."""
    return f"{'a ' if what.startswith('ct ') else ''}{what} ({own_name(rule, at)})"


def own_name(rule: NftRule, at: int) -> str:
    """A unique name of a statement."""
    return f"{' '.join(rule.where)} {rule.handle}.{at}"


def words_of(expression: Any) -> str:
    """An expression as one line of text; equal expressions have equal texts."""
    if isinstance(expression, dict):
        kind = next(iter(expression), "")
        inner = expression.get(kind)
        if len(expression) == 1 and isinstance(inner, dict):
            words = " ".join(words_of(value) for key, value in sorted(inner.items()) if key != "spnum")
            return f"{kind} {words}"
        return json.dumps(expression, sort_keys=True)
    if isinstance(expression, list):
        return " . ".join(words_of(item) for item in expression)
    return str(expression)
