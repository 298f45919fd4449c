"""nftables text -> base chains, for rules about a host's own table.

Not a model of packets: `proof` proves what a whole ruleset lets pass. This only reads statements, one a line, as they
are written by our renderer and printed by `nft list`.
"""

from __future__ import annotations

import re

from policies.gate.model import BaseChain, HostRuleset

FLUSH = re.compile(r"^\s*(flush\s+(ruleset|table\b.*|chain\b.*)|delete\s+table\s+(?!inet\s+lantu\b).*)$", re.MULTILINE)
CHAIN = re.compile(r"^\s*chain\s+(\S+)\s*\{\s*$")
COUNTED = re.compile(r"counter packets \d+ bytes \d+")
"""Counter values, which are not part of a rule."""
BASE = re.compile(r"type\s+filter\s+hook\s+(\w+)\s+priority\s+[^;]+;(?:\s*policy\s+(\w+);)?")


def read(text: str, host: str, kind: str, at: str = "") -> HostRuleset:
    """The base chains of a ruleset with their rules in order; other chains are left out."""
    flushes = tuple(match.group(0).strip() for match in FLUSH.finditer(text))
    return HostRuleset(id=host, kind=kind, flushes=flushes, chains=chains_of(text), at=at)


def chains_of(text: str) -> tuple[BaseChain, ...]:
    """The base chains only."""
    chains: list[BaseChain] = []
    name, hook, policy, rules = "", "", "", list[str]()
    for line in text.splitlines():
        opened, base = CHAIN.match(line), BASE.search(line)
        if opened:
            name, hook, policy, rules = opened[1], "", "", []
        elif base:
            hook, policy = base[1], base[2] or "accept"
        elif line.strip() == "}" and hook:
            chains.append(BaseChain(id=name, hook=hook, policy=policy, rules=tuple(rules)))
            hook = ""
        elif hook and line.strip():
            rules.append(COUNTED.sub("counter", line.strip()))
    return tuple(chains)
