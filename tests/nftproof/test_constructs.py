"""Everything that the proof understands is compared with the kernel, except what is listed here with the reason."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.nftproof import conditions, fields, statements, values
from tests.nftproof import constructs
from tests.nftproof.rulesets import mixed, ruleset

SEEDS = range(400)
NOT_COMPARED = {
    "meta secmark": "nft: `Cannot be used with right hand side constant value`",
    "meta secpath": "nft lists it as `meta ipsec`, which is compared",
    "meta nftrace": "kernel: `Operation not supported` as a test; setting it is compared",
    "ct event": "nft has no test of it; setting it is compared",
    "ct proto-src": "nft: `Can't parse symbolic invalid expressions`",
    "ct proto-dst": "nft: `Can't parse symbolic invalid expressions`",
    "dccp option": "nft 1.0.6: `syntax error`; kernel: NFT_EXTHDR_DCCP is not built",
    "statement queue": "kernel: NFT_QUEUE is not built (`No such file or directory`)",
    "statement flow": "kernel: NF_FLOW_TABLE is not built (`No such file or directory`)",
    "statement last": "nft 1.0.6: `syntax error, unexpected newline`",
    "statement secmark": "needs a security module's labels; the kernel has none",
    "statement map": "nft 1.0.6 lists it as text, which is not understood, and said so",
    "statement xt": "an extension of iptables is not understood, and said so",
    "header gre": "nft 1.0.6: `syntax error`; the protocol's number is compared",
}
"""What no test can create on this machine, with nft's or the kernel's message (nft 1.0.6, kernel 6.18)."""


ANSWERS = ("icmp", "icmpv6", "tcp reset")
"""Kinds of `reject`, not of statements."""


def fields_read() -> Iterator[str]:
    yield from (f"payload {header} {name}" for header, name in fields.PAYLOAD)
    yield from (f"meta {key}" for key in (*fields.META, *fields.FREE_META, "random"))
    yield from (f"ct {key}" for key in (*fields.CT, *fields.FREE_CT))
    yield from fields.FREE_EXPRESSIONS
    yield from (f"header {header}" for header in fields.NEEDS)


def statements_read() -> Iterator[str]:
    """Every keyword of a statement in statements.py."""
    sets = (statements.SIMPLE, statements.CHANCES, statements.SILENT, statements.TRANSLATIONS)
    yield from (f"statement {kind}" for known in sets for kind in known)
    yield from (f"statement {kind}" for kind in _compared(statements, "kind") if kind not in ANSWERS)


def shapes_read() -> Iterator[str]:
    """Operators, and the keys of every form of a left or right side."""
    yield from (f"operator {op}" for op in _compared(conditions, "op") if op not in "&|^")
    for module in (conditions, values):
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.MatchMapping):
                yield from (f"key {key.value}" for key in node.keys if isinstance(key, ast.Constant))


def _tree(module: Any) -> ast.Module:
    return ast.parse(Path(module.__file__).read_text("utf-8"))


def _compared(module: Any, name: str) -> Iterator[str]:
    """The words with which a module compares a variable."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == name:
            for right in node.comparators:
                yield from (item.value for item in ast.walk(right) if isinstance(item, ast.Constant))


@pytest.fixture(scope="module")
def made() -> set[str]:
    """What the generators produce: each construct by its names, and every key of JSON."""
    found: set[str] = set()
    for seed in SEEDS:
        for make in (ruleset, mixed):
            document = make(seed)
            found |= constructs.named(document) | {f"key {key}" for key in _keys(document)}
            found |= {"value *"} if '"*"' in json.dumps(document) else set()
            found |= {f"flag {flag}" for flags in re.findall(r"flags ([a-z,]+);", document.get("words", ""))
                      for flag in flags.split(",")}  # fmt: skip
    found |= {f"header {name.split()[1]}" for name in found if name.startswith("payload ")}
    found |= {name.rpartition(" ")[0] for name in found if name.startswith(("tcp option", "ip option", "sctp chunk"))}
    found |= {name.split()[0] for name in found if name.startswith(("fib ", "rt ", "socket ", "exthdr "))}
    found |= {f"ct {name.split()[2]}" for name in found if name.startswith(("ct ip ", "ct ip6 "))}
    return found


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


@pytest.mark.parametrize("read", [fields_read, statements_read, shapes_read], ids=lambda read: read.__name__)
def test_everything_that_is_read_is_compared(read: Any, made: set[str]) -> None:
    assert sorted(set(read()) - made - NOT_COMPARED.keys()) == []


def test_sets_of_every_kind_are_compared(made: set[str]) -> None:
    """Sets that packets or time change, intervals, those with `*`, lookups by one key and by several."""
    wanted = {"flag dynamic", "flag timeout", "flag interval", "lookup named", "lookup concat", "lookup own", "value *"}
    wanted |= {f"reject {kind}" for kind in (*ANSWERS, "icmpx")} | {"type nat", "raw th 0 32", "raw nh 96 32"}
    assert sorted(wanted - made) == []


def test_what_cannot_be_compared_is_not(made: set[str]) -> None:
    """A reason that no longer holds must be removed from the table."""
    everything = {*fields_read(), *statements_read(), *shapes_read()}
    assert sorted(NOT_COMPARED.keys() & made) == [] and sorted(NOT_COMPARED.keys() - everything) == []
