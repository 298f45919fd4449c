"""Short constructors of nft's JSON."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def payload(header: str, name: str) -> Json:
    return {"payload": {"protocol": header, "field": name}}


def meta(key: str) -> Json:
    return {"meta": {"key": key}}


def ct(key: str) -> Json:
    return {"ct": {"key": key}}


def match(left: Json, right: Any, op: str = "==") -> Json:
    return {"match": {"op": op, "left": left, "right": right}}


def prefix(base: str, length: int) -> Json:
    return {"prefix": {"addr": base, "len": length}}
