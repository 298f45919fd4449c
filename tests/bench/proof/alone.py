"""A single ruleset: a firewall of six zones with hosts, networks, ports, sets and ranges, both families.

The peer is the second solver by itself: each rule in turn, whether a packet comes to it and whether a verdict needs it.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

Json = dict[str, Any]
ZONES = [f"zone{number}" for number in range(6)]
LOCATION = {"family": "inet", "table": "filter"}


def document(rules: int, seed: int = 1) -> str:
    """A listing with this many rules in its forward chain, about a quarter of them not needed."""
    random = Random(seed)  # noqa: S311 - not for secrets
    chain = {"name": "forward", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}
    exprs = [[_match({"ct": {"key": "state"}}, ["established", "related"], "in"), {"accept": None}]]
    exprs += [_rule(random) for _ in range(rules - 1)]
    objects: list[Json] = [{"table": {"family": "inet", "name": "filter", "handle": 1}}]
    objects.append({"chain": {**LOCATION, **chain, "handle": 1}})
    objects += [
        {"rule": {**LOCATION, "chain": "forward", "handle": at, "expr": expr}} for at, expr in enumerate(exprs, 2)
    ]
    return json.dumps({"nftables": objects})


def _rule(random: Random) -> list[Json]:
    ends, six = random.sample(range(len(ZONES)), 2), random.random() < 0.5
    keys = ("iifname", "oifname")
    found = [_match({"meta": {"key": key}}, ZONES[end]) for key, end in zip(keys, ends, strict=True)]
    header = "ip6" if six else "ip"
    for name, end in zip(("saddr", "daddr"), ends, strict=True):
        found.append(_match({"payload": {"protocol": header, "field": name}}, _address(random, end, six)))
    low = random.randint(1, 2000)
    port = random.choice(
        (low, {"range": [low, low + random.randint(1, 3000)]}, {"set": sorted(random.sample(range(1, 9999), 3))})
    )
    found.append(_match({"payload": {"protocol": random.choice(("tcp", "udp")), "field": "dport"}}, port))
    return [*found, {random.choice(("accept", "accept", "accept", "drop")): None}]


def _address(random: Random, zone: int, six: bool) -> Any:
    net, host, length = random.randint(0, 40), random.randint(1, 200), random.choice((16, 24, 28, 32))
    if length == 32:
        return f"fd00:{zone}:{net:x}::{host:x}" if six else f"10.{zone}.{net}.{host}"
    if six:
        return {"prefix": {"addr": f"fd00:{zone}:{net if length > 16 else 0:x}::", "len": 2 * length}}
    return {"prefix": {"addr": f"10.{zone}.{net if length > 16 else 0}.0", "len": length}}


def _match(left: Json, right: Any, op: str = "==") -> Json:
    return {"match": {"op": op, "left": left, "right": right}}
