"""Conditions that count: rates, quotas, numbers of connections, sets that packets fill; and sets that time empties."""

from __future__ import annotations

from random import Random

from tests.nftproof.rulesets.words import Json, match, payload

HOUR = 3600
LIMIT = {"rate": 1, "burst": 2, "per": "day"}


def counting(random: Random, l3: str) -> Json:
    """One condition that counts; those with an address are about this family."""
    address = payload(l3, "saddr")
    timed = {"elem": {"val": address, "timeout": HOUR}}
    over = random.random() < 0.5
    kinds: list[Json] = [
        {"limit": {**LIMIT, **({"inv": True} if over else {})}},
        {"limit": {"rate": 10, "burst": 100, "per": "day", "rate_unit": "bytes", "burst_unit": "bytes"}},
        {"limit": random.choice(("l1", "l2"))},
        {"quota": {"val": 150, "val_unit": "bytes", **({"inv": True} if over else {})}},
        {"quota": "q1"},
        {"ct count": {"val": 2, **({"inv": True} if over else {})}},
        {"set": {"op": "add", "elem": address, "set": "@filled"}},
        {"set": {"op": "add", "elem": address, "set": "@small"}},
        {"set": {"op": "update", "elem": timed, "set": "@timed"}},
        {"set": {"op": "delete", "elem": address, "set": "@filled"}},
        {"set": {"op": "add", "elem": address, "set": "@filled", "stmt": [{"limit": LIMIT}]}},
        {"meter": {"name": f"m{random.randrange(1 << 30)}", "key": address, "stmt": {"limit": LIMIT}, "size": 100}},
        *(match(address, f"@{name}", random.choice(("==", "!="))) for name in ("filled", "timed", "until", "counted")),
    ]
    return random.choice(kinds)
