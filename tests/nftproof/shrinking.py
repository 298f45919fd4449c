"""Reduces a ruleset while it still shows a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.nftproof.rulesets import Json

Shows = Callable[[Json], bool]
"""Whether a ruleset still shows the difference."""


def shrunk(document: Json, shows: Shows, rounds: int = 200) -> Json:
    """Remove rules, statements, sets and chains while the difference persists; at most `rounds` tries."""
    smaller = True
    while smaller and rounds > 0:
        smaller = False
        for candidate in _smaller(document):
            rounds -= 1
            if rounds <= 0:
                break
            if shows(candidate):
                document, smaller = candidate, True
                break
    return document


def _smaller(document: Json) -> Iterator[Json]:
    """Rulesets with one thing less, the last things first: they depend on the earlier ones."""
    objects = document["nftables"]
    for at in reversed(range(len(objects))):
        yield {**document, "nftables": objects[:at] + objects[at + 1 :]}
    for at, one in enumerate(objects):
        expr = one.get("rule", {}).get("expr", ())
        for number in range(len(expr)):
            rule = {**one["rule"], "expr": expr[:number] + expr[number + 1 :]}
            if rule["expr"]:
                yield {**document, "nftables": [*objects[:at], {"rule": rule}, *objects[at + 1 :]]}
