"""Statements that change the packet or its connection, or have another effect; the rule continues or ends."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.nftproof.rulesets.words import Json, ct, meta, payload

MARK, CT_MARK = meta("mark"), ct("mark")


def change(key: Json, value: Any) -> Json:
    return {"mangle": {"key": key, "value": value}}


def marking(random: Random, l3: str, named: bool) -> Json:
    """Marks of the packet and of its connection, from constants, from each other, from maps."""
    key, other = random.choice(((MARK, CT_MARK), (CT_MARK, MARK)))
    pool = ("10.0.0.1", "10.0.0.2", "10.0.0.5") if l3 == "ip" else ("fd00::1", "fd00::2", "fd00::5")
    pairs: list[Any] = [[pool[0], 1], [pool[1], 2], *([["*", 3]] if random.random() < 0.4 else [])]
    values = [
        random.choice((1, 2, 3)), other, other, {"|": [key, 0x10]}, {"&": [key, 1]}, {"^": [key, 3]},
        {"|": [{"&": [key, 0xFFFFFFFD]}, 2]},
        {"map": {"key": payload(l3, "saddr"), "data": {"set": pairs}}},
        {"map": {"key": payload(l3, "saddr"), "data": "@marks" if named else {"set": pairs}}},
    ]  # fmt: skip
    return change(key, random.choice(values))


def effect(random: Random, l3: str, family: str, tcp: bool, first: bool) -> list[Json]:
    """One statement that is no test. `tcp`: the rule concerns TCP; `first`: it sees incoming packets (prerouting)."""
    kinds: list[Json] = [marking(random, l3, l3 == "ip" or family == "ip6") for _ in range(4)]
    kinds += [
        {"counter": {"packets": 0, "bytes": 0}}, {"counter": "c1"}, {"log": {"prefix": "x", "level": "debug"}},
        {"log": {"group": 5}}, change(meta("priority"), random.choice(("1:2", "0:7"))),
        change(meta("nftrace"), 1),
        change({"ct": {"key": "label"}}, random.choice((1, 2))), change({"ct": {"key": "event"}}, "new"),
        *_headers(random, l3),
    ]  # fmt: skip
    if first:
        kinds.append(change(meta("pkttype"), "host"))  # the kernel forwards and delivers nothing else
    if family == "ip":
        kinds.append({"dup": {"addr": "203.0.113.1"}})  # no route leads there
    if tcp:
        kinds += [change({"tcp option": {"name": "maxseg", "field": "size"}}, 1000)] * 2
        if family != "ip6":
            kinds += [{"ct helper": "h1"}, {"ct timeout": "to1"}, {"ct expectation": "e1"}]
    return [random.choice(kinds)]


def _headers(random: Random, l3: str) -> list[Json]:
    if l3 == "ip":
        return [
            change(payload("ip", "dscp"), random.choice(("cs1", "cs2"))), change(payload("ip", "ecn"), "ce"),
            change(payload("ip", "ttl"), 60),
        ]  # fmt: skip
    return [change(payload("ip6", "dscp"), "cs1"), change(payload("ip6", "hoplimit"), 60)]


def proxied(random: Random, hook: str, l3: str, family: str) -> list[Json]:
    """TCP answered on behalf of its target, or handed to a socket of the box, which has none."""
    if hook == "prerouting":
        named = {"family": l3} if family == "inet" else {}
        return [{"tproxy": {**named, "port": 1080}}]
    return [{"synproxy": random.choice(("sp1", {"mss": 1460, "wscale": 7}))}]
