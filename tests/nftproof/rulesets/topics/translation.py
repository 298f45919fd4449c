"""Chains of type nat and the statements that only they may have."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.nftproof.rulesets.words import Json, match, meta, payload

PRIORITIES = {"prerouting": (-100, -100, -150, 10), "output": (-100, 0), "input": (100, -20), "postrouting": (100, 50)}
"""Including priorities at which the kernel does not run them."""
TO_DESTINATION = {"ip": ("10.1.0.2", "10.1.0.5", "10.2.0.1"), "ip6": ("fd01::2", "fd01::5", "fd02::1")}
TO_SOURCE = {"ip": ("192.0.2.9", "10.9.0.77"), "ip6": ("2001:db8:2::1", "fd09::77")}
FROM = {"ip": ("10.0.0.1", "10.0.0.2", "10.0.0.5"), "ip6": ("fd00::1", "fd00::2", "fd00::5")}
RANGES = {"ip": ("10.1.0.2", "10.1.0.3"), "ip6": ("fd01::2", "fd01::3")}


def translation(random: Random, family: str, hook: str, l3: str) -> list[Json]:
    """The statements at a rule's end, with the protocol test that ports need."""
    kinds = {"prerouting": ("dnat", "dnat", "dnat", "redirect"), "output": ("dnat",), "input": ("snat",)}
    kind = random.choice(kinds.get(hook, ("snat", "masquerade")))
    ports = random.random() < 0.4
    body: Json = {}
    if kind in ("dnat", "snat"):
        body = _addresses(random, kind, l3)
        if family == "inet":
            body["family"] = l3
        if random.random() < 0.15:
            body["flags"] = random.choice(["random", "persistent", ["random", "persistent"]])
        ports = ports and "map" not in body["addr"]
    if kind == "masquerade" and random.random() < 0.3:
        body["flags"] = "random"
    if ports:
        several = {"range": [3000, 3999]}  # enough for all connections to one target
        source = kind in ("snat", "masquerade")
        body["port"] = several if source else random.choice([8080, 443, {"range": [8080, 8083]}])
    return [*([match(meta("l4proto"), {"set": ["tcp", "udp"]})] if ports else []), {kind: body or None}]


def _addresses(random: Random, kind: str, l3: str) -> dict[str, Any]:
    """One address, a range, or an address looked up by the packet's own."""
    pool = (TO_DESTINATION if kind == "dnat" else TO_SOURCE)[l3]
    how = random.random()
    if how < 0.5:
        return {"addr": random.choice(pool)}
    if how < 0.65 and kind == "dnat":
        return {"addr": {"range": list(RANGES[l3])}}
    one, other = random.sample(FROM[l3], 2)
    pairs: list[Any] = [[one, random.choice(pool)], [other, random.choice(pool)]]
    if how > 0.9:
        pairs.append(["*", pool[0]])
    key: Json = payload(l3, "saddr")
    if 0.8 < how <= 0.9 and kind == "dnat":  # with the port, as one map has both
        key = {"concat": [key, payload("tcp", "dport")]}
        pairs = [[{"concat": [one, port]}, {"concat": [random.choice(pool), 8080]}] for port in (22, 80, 443)]
    return {"addr": {"map": {"key": key, "data": {"set": pairs}}}}
