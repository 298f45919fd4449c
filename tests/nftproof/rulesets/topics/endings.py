"""Ends of rules: verdicts, rejects of all kinds, and verdict maps over all kinds of keys."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.nftproof.rulesets.words import Json, ct, match, meta, payload, prefix

ICMP = ("port-unreachable", "host-prohibited", "admin-prohibited", "net-unreachable")
ICMPV6 = ("port-unreachable", "addr-unreachable", "admin-prohibited", "no-route")
ICMPX = ("port-unreachable", "admin-prohibited", "no-route", "host-unreachable")


def refusal(random: Random, family: str, l3: str) -> list[Json]:
    """`reject` with an answer that fits the rule; a reset applies to TCP only."""
    kinds: list[list[Json]] = [[match(meta("l4proto"), "tcp"), {"reject": {"type": "tcp reset"}}]]
    if l3 == "ip":
        kinds.append([{"reject": {"type": "icmp", "expr": random.choice(ICMP)}}])
    if l3 == "ip6":
        kinds.append([{"reject": {"type": "icmpv6", "expr": random.choice(ICMPV6)}}])
    if family == "inet":
        kinds += [[{"reject": {"type": "icmpx", "expr": random.choice(ICMPX)}}]] * 2
    return random.choice(kinds)


def verdict(random: Random, calls: list[str]) -> Json:
    if calls and random.random() < 0.4:
        return {random.choice(("jump", "goto")): {"target": random.choice(calls)}}
    return {random.choice(("accept", "accept", "drop", "return", "continue")): None}


def choice(random: Random, l3: str, calls: list[str]) -> tuple[str, Json]:
    """The protocol that the rule then concerns, and a verdict map: its key, and its pairs or its name."""
    six = l3 == "ip6"
    net, one, two = ("fd00::", "fd00::1", "fd01::1") if six else ("10.0.0.0", "10.0.0.1", "10.1.0.1")
    address, width = payload(l3, random.choice(("saddr", "daddr"))), 126 if six else 30
    rest = [["*", verdict(random, calls)]] if random.random() < 0.5 else []
    one_verdict, other = verdict(random, calls), verdict(random, calls)
    ports = {"concat": [address, payload("tcp", "dport")]}
    pair: list[Any] = [{"concat": [one, 22]}, {"concat": [two, {"range": [22, 443]}]}]
    kinds: list[tuple[str, Json, list[Any]]] = [
        ("", address, [[prefix(net, width), one_verdict], [two, other], *rest]),
        ("", address, [[one, one_verdict], [two, other], *rest]),
        ("tcp", ports, [[pair[0], one_verdict], [pair[1], other], *rest]),
        ("", {"concat": [meta("iifname"), address]}, [[{"concat": ["lan0", one]}, one_verdict], *rest]),
        ("", meta("mark"), [[0, one_verdict], [{"range": [1, 2]}, other], *rest]),
        ("", ct("direction"), [["original", one_verdict], ["reply", other]]),
        ("", meta("l4proto"), [["tcp", one_verdict], ["udp", other], *rest]),
        ("", {"concat": [meta("l4proto"), payload("th", "dport")]}, [[{"concat": ["tcp", 22]}, one_verdict], *rest]),
        ("", {"numgen": {"mode": "inc", "mod": 2, "offset": 0}}, [[0, one_verdict], [1, other]]),
        ("", {"&": [meta("mark"), 3]}, [[0, one_verdict], [2, other]]),
    ]
    l4, key, pairs = random.choice(kinds)
    if key is address and random.random() < 0.3:
        return "", {"vmap": {"key": key, "data": random.choice(("@ways", "@rest"))}}
    return l4, {"vmap": {"key": key, "data": {"set": pairs}}}
