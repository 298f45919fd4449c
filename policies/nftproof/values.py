"""The right side of a match: values in nft's JSON as numbers of one field."""

from __future__ import annotations

import re
from functools import reduce
from hashlib import sha256
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, NoReturn

from policies.nftproof import symbols
from policies.nftproof.fields import IIF, NAME_BYTES, OIF, WORD_BYTES, Field, Form
from policies.nftproof.intervals import Spans, meet, single, spans, union


class UnreadError(Exception):
    """Something that is not understood, named by the message. It makes the proof fail."""


MISREAD = (UnreadError, AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)
"""Errors on reading something that nft does not print: a listing that was cut or edited."""


def values_of(field: Field, value: Any) -> Spans:
    """The numbers of `field` that one JSON value stands for: a scalar, a prefix, a range, or a set of these.

    >>> from policies.nftproof.fields import PAYLOAD
    >>> values_of(PAYLOAD["tcp", "dport"], {"set": [22, {"range": [80, 90]}]})
    ((22, 22), (80, 90))
    """
    match value:
        case {"elem": {"val": inner}}:
            return values_of(field, inner)
        case {"set": list(members)}:
            return union(values_of(field, member) for member in members)
        case {"prefix": {"addr": str(base), "len": int(length)}}:
            return _prefix(field, base, length)
        case {"range": [low, high]}:
            return _range(field, in_order(field, low), in_order(field, high), value)
        case list(members) if not field.flags:
            return union(values_of(field, member) for member in members)
        case str(text) if field.form is Form.NAME:
            return _names(field, text)
        case str(text) if "/" in text and field.form in (Form.IPV4, Form.IPV6):
            base, _, after = text.partition("/")
            return _prefix(field, base, int(after)) if after.isdigit() else _unread(field, text)
        case _:
            number = number_of(field, value)
            return meet(single(number), field.values) if 0 <= number < 1 << field.bits else _unread(field, value)


def number_of(field: Field, value: Any) -> int:
    """One value as a number; several flags are one number."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case {"|": list(parts)}:
            return reduce(lambda a, b: a | b, (number_of(field, part) for part in parts))
        case {"&": list(parts)}:
            return reduce(lambda a, b: a & b, (number_of(field, part) for part in parts))
        case {"^": list(parts)}:
            return reduce(lambda a, b: a ^ b, (number_of(field, part) for part in parts))
        case list(parts) if field.flags and parts:
            return reduce(lambda a, b: a | b, (number_of(field, part) for part in parts))
        case str(text):
            return _worded(field, text)
        case _:
            return _unread(field, value)


def in_order(field: Field, value: Any) -> int:
    """One value of an ordered field: words have no order, except nft's notation of points in time."""
    number = number_of(field, value)
    words = isinstance(value, str) and not re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+", value)
    return _unread(field, value) if words and field.form is Form.FREE and field.name != "meta time" else number


def _worded(field: Field, text: str) -> int:
    number = _shaped(field, text)
    if number is None:
        number = symbols.number(field.symbols, text) if field.symbols else None
    if number is None and re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+", text):
        number = int(text, 0) if text[:2].lower() == "0x" else int(text)
    if number is None and field.form is Form.FREE:
        number = word_number(text)
    return _unread(field, text) if number is None else number


def _shaped(field: Field, text: str) -> int | None:
    """Addresses, names and times are recognised by their notation."""
    try:
        match field.form:
            case Form.IPV4:
                return int(IPv4Address(text))
            case Form.IPV6:
                return int(IPv6Address(text))
            case Form.NAME:
                return text_number(text)
            case Form.HANDLE if parts := re.fullmatch(r"([0-9a-f]{0,4}):([0-9a-f]{0,4})", text):
                return int(parts[1] or "0", 16) << 16 | int(parts[2] or "0", 16)
            case Form.CLOCK if parts := re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?", text):
                hours, minutes, seconds = (int(part or 0) for part in parts.groups())
                return hours * 3600 + minutes * 60 + seconds
    except AddressValueError:
        return _unread(field, text)
    return None


def text_number(text: str) -> int:
    """An interface's name as a number, in such a way that all names with one beginning are one interval."""
    return int.from_bytes(text.encode()[:NAME_BYTES].ljust(NAME_BYTES, b"\0"), "big")


def word_number(text: str) -> int:
    """Any word as a number: different words are different numbers, and in the same order."""
    raw = text.encode()
    if len(raw) > WORD_BYTES - 16:
        raw = raw[: WORD_BYTES - 16] + sha256(raw).digest()[:16]
    return int.from_bytes(raw.ljust(WORD_BYTES, b"\0"), "big")


def number_text(number: int) -> str:
    return number.to_bytes(WORD_BYTES, "big").strip(b"\0").decode(errors="replace")


def _names(field: Field, text: str) -> Spans:
    """A name, or with a trailing star every name that begins so; `\\*` is a star in the name itself."""
    if text.endswith("\\*"):
        return single(text_number(text[:-2] + "*"))
    if text.endswith("*") and field.name in (IIF.name, OIF.name):
        stem = text[:-1].encode()
        high = int.from_bytes(stem.ljust(NAME_BYTES, b"\xff"), "big")
        return ((text_number(text[:-1]), high),)
    return single(text_number(text))


def _prefix(field: Field, base: str, length: int) -> Spans:
    width = field.bits
    if not 0 <= length <= width or field.form is Form.FREE:
        return _unread(field, f"{base}/{length}")
    free = (1 << (width - length)) - 1
    low = number_of(field, base) & ~free
    return ((low, low | free),)


def _range(field: Field, low: int, high: int, value: Any) -> Spans:
    if low <= high:
        return meet(((low, high),), field.values)
    if field.form is Form.CLOCK:  # over midnight
        return spans([(field.domain[0][0], high), (low, field.domain[-1][1])])
    return _unread(field, value)


def _unread(field: Field, value: Any) -> NoReturn:
    raise UnreadError(f"value {value!r} of {field.name}")
