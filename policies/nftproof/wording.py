"""Rules and packets as text: rules in nft's language, packets as a network engineer writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from policies.nftproof import symbols
from policies.nftproof.fields import ABSENT, BASE_FIELDS, IPV6, Field, Form
from policies.nftproof.listing import NftRule
from policies.nftproof.values import MISREAD, number_text

NAMES = ("iif", "oif", "iifname", "oifname")


def rule_text(rule: NftRule) -> str:
    """The rule as `nft list` would print it, closely enough to find it there."""
    words = " ".join(word for word in map(_written, rule.expr) if word)
    return f'{words} comment "{rule.comment}"' if rule.comment else words


def _written(statement: Any) -> str:
    """A statement that is unknown is written as it is."""
    try:
        return _statement(statement)
    except MISREAD:
        return json.dumps(statement)


def _statement(statement: Any) -> str:
    if not isinstance(statement, dict) or len(statement) != 1:
        return json.dumps(statement)
    ((kind, body),) = statement.items()
    match kind, body:
        case "match", {"left": left, "right": right}:
            return f"{_expression(left)} {_operator(body, left)}{_value(right, quoted=_is_name(left))}"
        case "vmap", {"key": key, "data": data}:
            return f"{_expression(key)} vmap {_value(data)}"
        case (("jump" | "goto"), {"target": target}):
            return f"{kind} {target}"
        case "mangle", {"key": key, "value": value}:
            return f"{_expression(key)} set {_value(value)}"
    return _beside(str(kind), body)


def _beside(kind: str, body: Any) -> str:
    """Statements that are no test and no plain verdict."""
    match kind, body:
        case "counter", _:
            return "counter"
        case "log", {"prefix": prefix}:
            return f'log prefix "{prefix}"'
        case "limit", {"rate": rate, "per": per}:
            return f"limit rate {'over ' if body.get('inv') else ''}{rate}/{per}"
        case "reject", {"type": how}:
            return f"reject with {how} {body.get('expr', '')}".strip()
        case "xt", {"type": how, "name": name}:
            return f"xt {how} {name}"
    return kind if body is None else f"{kind} {_value(body)}"


def _operator(body: Mapping[str, Any], left: Any) -> str:
    """The operator; omitted if it means "is one of"."""
    op = body.get("op", "==")
    plain = op == "in" or (op == "==" and not (isinstance(left, dict) and {"&", "|", "^"} & set(left)))
    return "" if plain and not _flags(body, left) else f"{op} "


def _flags(body: Mapping[str, Any], left: Any) -> bool:
    exact = body.get("op", "==") == "==" and not isinstance(body["right"], dict)
    return exact and left in ({"payload": {"protocol": "tcp", "field": "flags"}}, {"ct": {"key": "state"}})


def _is_name(left: Any) -> bool:
    return isinstance(left, dict) and isinstance(left.get("meta"), dict) and left["meta"].get("key") in NAMES


def _expression(left: Any) -> str:
    match left:
        case {"payload": {"protocol": header, "field": name}}:
            return f"{header} {name}"
        case {"payload": {"base": base, "offset": offset, "len": length}}:
            return f"@{base},{offset},{length}"
        case {"meta": {"key": key}}:
            return str(key) if key in NAMES else f"meta {key}"
        case {"ct": {"key": key}}:
            return " ".join(["ct", *([left["ct"]["dir"]] if "dir" in left["ct"] else []), key])
        case {"concat": list(members)}:
            return " . ".join(_expression(member) for member in members)
        case {"&": [inner, bits]} | {"|": [inner, bits]} | {"^": [inner, bits]}:
            return f"{_expression(inner)} {next(iter(left))} {_value(bits)}"
    return " ".join(f"{key} {_value(body)}" for key, body in left.items()) if isinstance(left, dict) else _value(left)


def _value(value: Any, quoted: bool = False) -> str:
    match value:
        case str() if quoted and not value.startswith("@"):
            return f'"{value}"'
        case bool():
            return "exists" if value else "missing"
        case [key, {**verdict}] if len(verdict) == 1:
            return f"{_value(key)} : {_statement(verdict)}"
        case list(members):
            return ",".join(_value(member) for member in members)
        case dict():
            return _built(value, quoted)
    return str(value)


def _built(value: dict[str, Any], quoted: bool) -> str:
    """Values that nft writes as objects."""
    match value:
        case {"prefix": {"addr": base, "len": length}}:
            return f"{base}/{length}"
        case {"range": [low, high]}:
            return f"{low}-{high}"
        case {"set": list(members)}:
            return "{ " + ", ".join(_value(member, quoted) for member in members) + " }"
        case {"concat": list(members)}:
            return " . ".join(_value(member) for member in members)
        case {"elem": {"val": inner}}:
            return _value(inner, quoted)
        case {"|": list(members)}:
            return "|".join(_value(member) for member in members)
        case {"&": _} | {"^": _} | {"payload": _} | {"meta": _} | {"ct": _}:
            return _expression(value)
    return " ".join(f"{key} {_value(body)}" if body is not None else key for key, body in value.items())


def packet_words(packet: Mapping[str, int]) -> dict[str, str]:
    """A packet's fields as text, without those that do not apply to it."""
    return dict(_words(packet))


def _words(packet: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, value in packet.items():
        if value == ABSENT or _foreign(packet, name):
            continue
        field = BASE_FIELDS.get(name.removesuffix(" before tracking"))
        yield name, value_text(field, value) if field else _free_text(value)


def _free_text(value: int) -> str:
    """A value whose meaning is left open, as a number or a word."""
    text = "" if value < 1 << 64 else number_text(value)
    return str(value) if value < 1 << 64 else text if text.isprintable() and "\ufffd" not in text else "other"


def _foreign(packet: Mapping[str, int], name: str) -> bool:
    """Whether the field belongs to a header that this packet lacks."""
    field = BASE_FIELDS.get(name)
    if field is None or name in ("l3", "l4proto"):
        return False
    if name in ("sport", "dport"):
        return packet.get("l4proto", 6) not in (6, 17, 33, 132, 136)
    return any(
        need in packet and not any(low <= packet[need] <= high for low, high in values) for need, values in field.needs
    )


def value_text(field: Field, value: int) -> str:
    """One value in the usual notation."""
    match field.form:
        case Form.IPV4:
            return str(IPv4Address(value))
        case Form.IPV6:
            return str(IPv6Address(value))
        case Form.NAME:
            return number_text(value)
        case Form.FREE:
            return str(value) if value < 1 << 64 else number_text(value)
        case Form.CLOCK:
            return f"{value // 3600:02}:{value // 60 % 60:02}"
    if field.flags and value:
        bits = (symbols.word(field.symbols, 1 << bit) for bit in range(value.bit_length()) if value >> bit & 1)
        return ",".join(bits)
    return symbols.word(field.symbols, value) if field.symbols else str(value)


def packet_line(packet: Mapping[str, int]) -> str:
    """A packet in one line, most telling fields first."""
    words, family = packet_words(packet), "ip6" if packet.get("l3") == IPV6 else "ip"
    parts = [words.get("l4proto", family) if packet.get("l4proto") else family]
    ends = [(words.get(f"{family} {side}addr"), words.get(f"{side}port"), side) for side in "sd"]
    for address, port, side in ends:
        end_text = f"{address or '*'}{f':{port}' if port and parts[0] in ('tcp', 'udp', 'sctp') else ''}"
        parts.append(f"{'from' if side == 's' else 'to'} {end_text}")
    rest = {name: text for name, text in words.items() if name not in TOLD and not name.startswith(family + " ")}
    parts += [f"{name} {text}" for name, text in rest.items() if text]
    return " ".join(parts)


TOLD = frozenset(("l3", "l4proto", "ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr", "sport", "dport"))
