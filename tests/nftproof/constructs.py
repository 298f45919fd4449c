"""Names of a ruleset's constructs, so that tests can check what the generators produce.

`payload ip saddr`, `meta mark`, `ct state`, `raw th 0 32`, `fib type`, `exthdr frag`, `tcp option maxseg`,
`statement limit`, `mangle meta mark`, `hook inet prerouting`, `policy drop`, `lookup named`, `lookup concat`,
`set ipv4_addr`, `operator !=`, `bits &`, `value range`, `value prefix`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FIELDS = {"payload": ("protocol", "field"), "meta": ("key",), "ct": ("key",), "rt": ("key",), "socket": ("key",)}
NAMED = ("tcp option", "ip option", "exthdr", "sctp chunk", "dccp option")
BITS = ("&", "|", "^")
VALUES = ("range", "prefix", "set", "elem", "concat")


def named(document: dict[str, Any]) -> set[str]:
    """The constructs of one ruleset, as loaded or as listed."""
    return {name for item in document["nftables"] for kind, body in item.items() for name in _object(kind, body)}


def _object(kind: str, body: dict[str, Any]) -> Iterator[str]:
    if kind == "chain" and "hook" in body:
        yield f"hook {body['family']} {body['hook']}"
        yield f"policy {body.get('policy', 'accept')}"
        yield f"type {body.get('type', 'filter')}"
    elif kind in ("set", "map"):
        yield f"{kind} {' . '.join(body['type']) if isinstance(body['type'], list) else body['type']}"
        yield from (f"{kind} {flag}" for flag in body.get("flags", ()))
    elif kind == "rule":
        for statement in body.get("expr", ()):
            yield from _statement(statement)


def _statement(statement: dict[str, Any]) -> Iterator[str]:
    ((kind, body),) = statement.items()
    yield f"statement {kind}"
    if kind == "mangle":
        yield from (f"mangle {name}" for name in _expression(body["key"]))
        yield from _expression(body["value"])
    elif kind == "match":
        yield f"operator {body['op']}"
        yield from _expression(body["left"])
        yield from _right(body["left"], body["right"])
    elif kind == "vmap":
        yield from _expression(body["key"])
        yield "lookup named" if isinstance(body["data"], str) else "lookup own"
    elif kind == "reject":
        yield f"reject {body['type'] if body else ''}".strip()
    elif isinstance(body, dict):
        for inner in body.values():
            yield from _expression(inner)


def _right(left: Any, right: Any) -> Iterator[str]:
    if isinstance(right, bool):
        yield "value presence"
    elif isinstance(right, str) and right.startswith("@"):
        yield "lookup named"
    else:
        yield from _expression(right)
    if isinstance(left, dict) and "concat" in left:
        yield "lookup concat"


def _expression(value: Any) -> Iterator[str]:
    """The constructs of an expression, at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from _expression(inner)
    if not isinstance(value, dict):
        return
    for kind, body in value.items():
        yield from _member(kind, body)


def _member(kind: str, body: Any) -> Iterator[str]:
    if kind in FIELDS and isinstance(body, dict):
        yield _field(kind, body)
    elif kind in NAMED and isinstance(body, dict):
        yield f"{kind} {body.get('name', '')}".strip()
    elif kind == "fib":
        yield f"fib {body['result']}"
    elif kind in ("numgen", "jhash", "symhash", "osf", "ipsec"):
        yield kind
    elif kind in BITS:
        yield f"bits {kind}"
        yield from _expression(body)
    else:
        if kind in VALUES:
            yield f"value {kind}"
        yield from _expression(body)


def _field(kind: str, body: dict[str, Any]) -> str:
    if "base" in body:
        return f"raw {body['base']} {body['offset']} {body['len']}"
    return " ".join([kind, *(str(body[part]) for part in FIELDS[kind] if part in body)])
