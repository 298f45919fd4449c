"""Does one packet match one test? Evaluated directly from nft's JSON, value by value, without sets of values.

The proof reads the same JSON into boxes (`conditions`); this reads it a second time, for single packets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from ipaddress import ip_address
from operator import ge, gt, le, lt, or_
from typing import Any

from policies.nftproof import symbols
from policies.nftproof.boxes import OF_A_STATEMENT
from policies.nftproof.conditions import Reader, chance_name, words_of
from policies.nftproof.fields import ABSENT, BASE_FIELDS, LABELS, Field, Form, label
from policies.nftproof.intervals import contains
from policies.nftproof.listing import NftRule, Ruleset
from policies.nftproof.values import UnreadError, in_order, number_text, text_number, word_number

Packet = Mapping[str, int]
"""Field name -> value; a field that is not named is 0, or absent if it can be."""
ORDERS: dict[str, Callable[[int, int], bool]] = {"<": lt, ">": gt, "<=": le, ">=": ge}


@dataclass(slots=True)
class Ask:
    """Evaluates one statement of a rule on a packet. `early`: before its connection is looked up."""

    ruleset: Ruleset
    rule: NftRule
    at: int
    packet: Packet
    early: bool = False
    path: str = ""  # of the calls that lead to the rule
    fields_of: dict[int, list[Field]] = field(default_factory=dict)  # the fields of expressions, by their id()

    def value(self, name: str, lowest: int = 0) -> int | None:
        """The value of a field; None if the packet lacks it."""
        if self.early and name.startswith("ct "):
            name = f"{name} before tracking"
        if self.path and name.endswith(OF_A_STATEMENT):
            name = f"{name} by {self.path}"
        value = self.packet.get(name, lowest)
        return None if value == ABSENT else value

    def chance(self, what: str) -> bool:
        return bool(self.value(chance_name(what, self.rule, self.at)))

    def holds(self, body: dict[str, Any]) -> bool:
        """A `match` statement."""
        op, left, right = str(body.get("op", "==")), body["left"], body["right"]
        if isinstance(right, bool):
            wanted_presence = right == (op != "!=")
            missed = (self.missed(kind) for kind in self.kinds(left))
            there = all(name == "l4proto" and not wanted_presence for names in missed for name in names)
            return there and bool(self.value(f"{words_of(left)} exists")) == wanted_presence
        kinds = self.kinds(left)
        if kinds[0].name == LABELS and isinstance(right, int | str):
            label_value = self.value(label(right).name, ABSENT)
            return label_value is not None and bool(label_value) == (op != "!")
        value = self.load(left)
        if value is None:
            return False
        if isinstance(right, str) and right.startswith("@"):
            return self._in_set(value, left, right[1:]) != (op == "!=")
        if kinds[0].flags and op in ("in", "!") and not (isinstance(right, dict) and "set" in right):
            return bool(value[0] & number(kinds[0], right)) == (op == "in")
        if op in ORDERS:
            return ORDERS[op](value[0], in_order(kinds[0], right))
        if op not in ("==", "!=", "in"):
            raise UnreadError(f"operator {op}")
        return fits(kinds, value, right) != (op == "!=")

    def _in_set(self, value: Sequence[int], left: Any, name: str) -> bool:
        where = (*self.rule.where[:2], name)
        named_set = self.ruleset.sets.get(where)
        if named_set is None:
            raise UnreadError(f"set @{name}")
        if where in self.ruleset.updated:
            return self.chance(f"@{name}")
        if named_set.fleeting:
            return bool(self.value(f"{words_of(left)} in {' '.join(where)}"))
        return any(fits(self.kinds(left), value, element) for element in named_set.elements)

    def mapped(self, body: dict[str, Any]) -> Any:
        """A map's value for this packet; None if it has no entry."""
        value, kinds = self.load(body["key"]), self.kinds(body["key"])
        if value is None:
            return None
        pairs = self._pairs(body["data"])
        exact = (mapped for key, mapped in pairs if key != "*" and fits(kinds, value, key))
        rest = (mapped for key, mapped in pairs if key == "*")
        return next(exact, next(rest, None))

    def _pairs(self, data: Any) -> list[Any]:
        if isinstance(data, dict):
            return list(data["set"])
        named_map = self.ruleset.sets[(*self.rule.where[:2], data.removeprefix("@"))]
        may_differ = named_map.fleeting or named_map.where in self.ruleset.updated
        return [] if may_differ and not self.chance(f"map {data}") else list(named_map.elements)

    def load(self, left: Any) -> list[int] | None:
        """The values of a left side for this packet; None if the packet lacks one of them."""
        match left:
            case {"elem": {"val": inner}}:
                return self.load(inner)
            case {"concat": list(members)}:
                loaded = [self.load(member) for member in members]
                return None if None in loaded else [value for item in loaded for value in item or ()]
            case {"&": [inner, bits]} | {"|": [inner, bits]} | {"^": [inner, bits]}:
                value = self.load(inner)
                other = number(replace(self.kinds(inner)[0], flags=True), bits)
                op = next(iter(left))
                return value and [{"&": value[0] & other, "|": value[0] | other, "^": value[0] ^ other}[op]]
        return self._plain(left)

    def _plain(self, left: Any) -> list[int] | None:
        values = []
        for kind in self.kinds(left):
            value = self.value(kind.name, kind.domain[0][0])
            if value is None or not self.has(kind):
                return None
            values.append(value)
        return values

    def has(self, kind: Field) -> bool:
        """Whether the packet has everything that a test of the field needs."""
        return not any(self.missed(kind))

    def missed(self, kind: Field) -> Iterator[str]:
        """What a test of the field needs and the packet lacks."""
        for name, needed in kind.needs:
            value = self.value(name, BASE_FIELDS[name].domain[0][0])
            if value is None or not contains(needed, value):
                yield name

    def kinds(self, left: Any) -> list[Field]:
        """The fields that a left side names."""
        fields_ = self.fields_of.get(id(left))
        if fields_ is None:
            fields_ = self.fields_of[id(left)] = [
                part.field for part in Reader(self.ruleset, self.rule, self.at).parts(left)
            ]
        return fields_


def fits(kinds: Sequence[Field], value: Sequence[int], right: Any) -> bool:
    """Whether values (one for each field of a concatenation) equal, or are among, those of the right side."""
    match right:
        case "*":
            return True
        case {"elem": {"val": inner}}:
            return fits(kinds, value, inner)
        case {"set": list(members)}:
            return any(fits(kinds, value, member) for member in members)
        case {"concat": list(members)}:
            return all(fits([kind], [part], other) for kind, part, other in zip(kinds, value, members, strict=True))
        case list(members) if not kinds[0].flags:
            return any(fits(kinds, value, member) for member in members)
        case int() if len(kinds) > 1:  # a raw number over several fields
            whole = reduce(lambda so_far, part: so_far << part[0].bits | part[1], zip(kinds, value, strict=True), 0)
            return whole == right
    return _fits_one(kinds[0], value[0], right)


def _fits_one(kind: Field, value: int, right: Any) -> bool:
    match right:
        case {"range": [low, high]}:
            first, last = in_order(kind, low), in_order(kind, high)
            return first <= value <= last if first <= last else not last < value < first
        case {"prefix": {"addr": str(base), "len": int(length)}}:
            free = kind.bits - length
            return value >> free == number(kind, base) >> free
        case str() if kind.name in ("iif", "oif") and right.endswith("*"):
            stem, name = right[:-1], number_text(value)
            return name == stem[:-1] + "*" if stem.endswith("\\") else name.startswith(stem)
    return value == number(kind, right)


def number(kind: Field, value: Any) -> int:
    """One value as a number."""
    match value:
        case bool() | int():
            return int(value)
        case {"|": list(parts)} | list(parts):
            return reduce(or_, (number(kind, item) for item in parts), 0)
        case str() if kind.form is Form.HANDLE and ":" in value:
            major, minor = (int(part or "0", 16) for part in value.split(":"))
            return major << 16 | minor
        case str() if kind.form in SHAPES:
            return SHAPES[kind.form](value)
        case str() if (listed := symbols.number(kind.symbols, value)) is not None:
            return listed
        case str() if value.isdigit():
            return int(value)
        case str() if kind.form is Form.FREE:
            return word_number(value)
    raise UnreadError(f"value {value!r}")


def _seconds(text: str) -> int:
    return sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=False))


SHAPES: dict[Form, Callable[[str], int]] = {
    Form.IPV4: lambda text: int(ip_address(text)),
    Form.IPV6: lambda text: int(ip_address(text)),
    Form.NAME: text_number,
    Form.CLOCK: _seconds,
}
"""Words of these forms are read by their shape."""
