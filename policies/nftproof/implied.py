"""What nft tests before it looks into a header, without listing it: as nft 1.0.6 writes it (`nft --debug=netlink`).

It differs by family and by what the rule looked at before: a tag that the kernel took off a frame is seen by a test of
the Ethernet type and not by one of the protocol, so that the two are not the same for frames with VLAN headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.nftproof import symbols
from policies.nftproof.fields import TAGS
from policies.nftproof.intervals import Spans, contains, single
from policies.nftproof.listing import NftRule
from policies.nftproof.values import UnreadError

Needs = tuple[tuple[str, Spans], ...]
"""((field, values that it has to have), ...)"""
ETHERNET, C_TAG = single(1), single(0x8100)
OPTIONS = ("exthdr", "ip option")
BY_FRAME = frozenset(("arp", "icmp", "icmpv6", "igmp", *OPTIONS))
"""Headers (and parts of them) before which nft asks a bridge's frame for its Ethernet type, not for its protocol."""

FRAMES = frozenset(("bridge", "netdev", "inet"))
"""Families whose chains may see frames with VLAN headers."""
NETWORK = BY_FRAME | {"ip", "ip6"}
"""Headers of which one is enough for nft to know the network protocol from there on."""


def implied(rule: NftRule, at: int, header: str, needs: Needs) -> Needs:
    """What a look into `header`, in the rule's statement number `at`, needs. `needs`: what it needs of any packet.

    Raises UnreadError behind a second VLAN header, where the kernel reads at another place than nft believes, and where
    a field of a tag comes twice: so nft lists the addresses of a frame that a rule tests after its tag.
    """
    family = rule.where[0]
    if family not in FRAMES and header not in ("ether", "vlan"):
        return needs
    seen = [found for item in rule.expr[: at + 1] for found in _looked_at(item)]
    looked = {name for name, _ in seen}
    kinds = [kind for item in rule.expr[:at] for kind in _tested(item)]
    if any(name == "vlan" and contains(TAGS, kind) for name, kind in kinds):
        raise UnreadError(f"{header} behind a second VLAN header")
    twice = [name for found, name in seen if found == "vlan" and seen.count((found, name)) > 1]
    if twice:
        raise UnreadError(f"vlan {twice[0]} twice")
    ethernet: Needs = () if family == "bridge" else (("meta iiftype", ETHERNET),)
    if header == "ether":
        return (*needs, *ethernet)
    if header == "vlan":
        named = any(name == "ether" and contains(TAGS, kind) for name, kind in kinds)
        return (*needs, *ethernet, *(() if named else (("ether type", C_TAG),)))
    if family not in FRAMES:
        return needs
    if "vlan" in looked or any(name == "ether" and contains(TAGS, kind) for name, kind in kinds):
        return _told_by("vlan type", needs)
    before = {name for item in rule.expr[:at] for name, _ in _looked_at(item)}
    if not before & NETWORK and (header in BY_FRAME if family == "bridge" else "ether" in looked):
        return _told_by("ether type", needs)
    return needs


def _told_by(field: str, needs: Needs) -> Needs:
    """The same, with the protocol taken from another field."""
    return tuple((field if name == "l3" else name, values) for name, values in needs)


def _looked_at(statement: Any) -> Iterator[tuple[str, str]]:
    """The header and field of everything that a statement compares, looks up or changes."""
    body = next(iter(statement.values()), None) if isinstance(statement, dict) else None
    if isinstance(body, dict):
        for place in ("left", "key", "elem"):
            yield from _payloads(body.get(place))


def _payloads(expression: Any) -> Iterator[tuple[str, str]]:
    if isinstance(expression, dict):
        payload = expression.get("payload")
        if isinstance(payload, dict) and "protocol" in payload:
            yield str(payload["protocol"]), str(payload.get("field", ""))
        else:
            yield from ((part, "") for part in OPTIONS if part in expression)
            for inner in expression.values():
                yield from _payloads(inner)
    elif isinstance(expression, list):
        for inner in expression:
            yield from _payloads(inner)


def _tested(statement: Any) -> Iterator[tuple[str, int]]:
    """The header and the one value that a test fixes its type to."""
    match statement:
        case {"match": {"op": "==", "left": {"payload": {"protocol": str(name), "field": "type"}}, "right": right}}:
            if name in ("ether", "vlan") and isinstance(right, int | str):
                kind = right if isinstance(right, int) else symbols.number("ethertype", right)
                yield name, -1 if kind is None else kind
