"""`nft -j list ruleset` as tables, chains, rules and sets, each with its handle. Nothing is evaluated here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.nftproof.versions import COMPARE, COMPARED

Where = tuple[str, str, str]
"""(family, table, name) of a chain, a set or a map."""
FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
UNREAD_FAMILIES = ("arp", "netdev")
"""Families none of whose rules is understood."""
PASSIVE = frozenset([
    "table", "counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "synproxy",
    "secmark", "flowtable", "element",
])  # fmt: skip
"""Objects without effect until a rule names them. `element` repeats what its set lists."""


class UnreadableError(Exception):
    """The document is no ruleset. `code` is stable, `facts` are the arguments of its sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code}: {facts}")
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain; `hook` is empty if it is not a base chain."""

    where: Where
    handle: int
    hook: str = ""
    kind: str = ""
    priority: int = 0
    policy: str = "accept"

    @property
    def family(self) -> str:
        return self.where[0]


@dataclass(frozen=True, slots=True)
class NftRule:
    """One rule as listed. `order` is its place in the document."""

    where: Where
    handle: int
    order: int
    expr: tuple[Any, ...]
    comment: str = ""


def called(path: str, rule: NftRule) -> str:
    """The path of calls to a chain that this rule calls, if the rule itself is reached by `path`."""
    return f"{path}.{rule.order}" if path else str(rule.order)


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A named set, or a map if `mapped`. Elements as listed; `fleeting` if packets or time change them."""

    where: Where
    elements: tuple[Any, ...]
    mapped: bool
    fleeting: bool


@dataclass(slots=True)
class Ruleset:
    """A whole document, in its own order."""

    chains: dict[Where, Chain] = field(default_factory=dict)
    rules: list[NftRule] = field(default_factory=list)
    sets: dict[Where, NamedSet] = field(default_factory=dict)
    dormant: set[tuple[str, str]] = field(default_factory=set)
    updated: set[Where] = field(default_factory=set)  # sets that rules add to
    version: str = ""  # of the nft that printed the document; empty if it does not say
    strange: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # objects this reader does not know

    def rules_of(self) -> dict[Where, list[NftRule]]:
        rules: dict[Where, list[NftRule]] = {where: [] for where in self.chains}
        for rule in self.rules:
            rules[rule.where].append(rule)
        return rules


def read(text: str) -> Ruleset:
    """The ruleset in `text`. Raises UnreadableError for anything else, with the reason."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("PR001", reason=str(error)) from None
    objects = document.get("nftables") if isinstance(document, dict) else None
    if not isinstance(objects, list) or not all(isinstance(object_, dict) and len(object_) == 1 for object_ in objects):
        raise UnreadableError("PR002")
    ruleset = Ruleset()
    for order, item in enumerate(objects):
        ((kind, body),) = item.items()
        _take(ruleset, order, kind, body)
    _check(ruleset)
    return ruleset


def require_compared(ruleset: Ruleset) -> None:
    """Raises UnreadableError if the listing's version of nft was never compared with the kernel, or is not named."""
    if not ruleset.version:
        raise UnreadableError("PR009")
    if ruleset.version not in COMPARED:
        raise UnreadableError("PR008", version=ruleset.version, compared=", ".join(COMPARED), command=COMPARE)


def _take(ruleset: Ruleset, order: int, kind: str, body: Any) -> None:
    try:
        if kind == "chain":
            chain = _chain(body)
            ruleset.chains[chain.where] = chain
        elif kind == "rule":
            rule = NftRule(
                _where(body, "chain"), _handle(body), order, tuple(body["expr"]), str(body.get("comment", ""))
            )
            ruleset.rules.append(rule)
            ruleset.updated |= {(*rule.where[:2], name) for name in _updates(rule.expr)}
        elif kind in ("set", "map"):
            ruleset.sets[_where(body, "name")] = _set(body, kind == "map")
        elif kind == "metainfo":
            ruleset.version = str(body["version"])
        elif kind == "table" and "dormant" in _listed(body.get("flags")):
            ruleset.dormant.add((str(body["family"]), str(body["name"])))
        elif kind not in PASSIVE:
            ruleset.strange.append((kind, body if isinstance(body, dict) else {}))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError("PR003", number=order, kind=kind, reason=f"{type(error).__name__}: {error}") from None


def _chain(body: dict[str, Any]) -> Chain:
    where = _where(body, "name")
    if "hook" not in body:
        return Chain(where, int(body.get("handle", 0)))
    return Chain(
        where,
        int(body.get("handle", 0)),
        str(body["hook"]),
        str(body.get("type", "filter")),
        int(body.get("prio", 0)),
        str(body.get("policy") or "accept"),
    )


def _set(body: dict[str, Any], mapped: bool) -> NamedSet:
    elements = tuple(body.get("elem") or ())
    flags = set(_listed(body.get("flags")))
    timed = bool(flags & {"timeout", "dynamic"}) or "timeout" in body
    return NamedSet(_where(body, "name"), elements, mapped, timed)


def _where(body: dict[str, Any], name: str) -> Where:
    if body["family"] not in FAMILIES:
        raise ValueError(f"family {body['family']!r}")
    return (body["family"], str(body["table"]), str(body[name]))


def _handle(body: dict[str, Any]) -> int:
    if not isinstance(body["handle"], int):
        raise TypeError(f"handle {body['handle']!r}")
    return body["handle"]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _updates(expr: Iterable[Any]) -> Iterable[str]:
    """Names of the sets and maps that these statements add to or delete from."""
    for statement in expr:
        for kind in ("set", "map"):
            body = statement.get(kind) if isinstance(statement, dict) else None
            if isinstance(body, dict) and str(body.get(kind, "")).startswith("@"):
                yield str(body[kind])[1:]


def _check(ruleset: Ruleset) -> None:
    """Every rule lies in a listed chain and every jump leads to one; chains never call themselves."""
    calls: dict[Where, set[Where]] = {where: set() for where in ruleset.chains}
    for rule in ruleset.rules:
        if rule.where not in ruleset.chains:
            raise UnreadableError("PR004", handle=rule.handle, chain=rule.where[2])
        for target in _targets([*rule.expr, *_mapped(ruleset, rule)]):
            called = (*rule.where[:2], target)
            if called not in ruleset.chains:
                raise UnreadableError("PR004", handle=rule.handle, chain=target)
            calls[rule.where].add(called)
    _no_circle(calls)


def _mapped(ruleset: Ruleset, rule: NftRule) -> Iterable[Any]:
    """The elements of the named verdict maps that a rule uses."""
    for statement in rule.expr:
        vmap = statement.get("vmap") if isinstance(statement, dict) else None
        name = vmap.get("data") if isinstance(vmap, dict) else None
        if isinstance(name, str) and (verdict_map := ruleset.sets.get((*rule.where[:2], name.removeprefix("@")))):
            yield from verdict_map.elements


def _targets(value: Any) -> Iterable[str]:
    """Every chain that `jump` or `goto` names, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("jump", "goto") and isinstance(inner, dict) and isinstance(inner.get("target"), str):
                yield inner["target"]
            else:
                yield from _targets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _targets(inner)


def _no_circle(calls: dict[Where, set[Where]]) -> None:
    done: set[Where] = set()
    path: list[Where] = []

    def visit(where: Where) -> None:
        if where in path:
            raise UnreadableError("PR005", chain=where[2])
        if where not in done:
            path.append(where)
            for called in sorted(calls[where]):
                visit(called)
            done.add(path.pop())

    for where in calls:
        visit(where)
