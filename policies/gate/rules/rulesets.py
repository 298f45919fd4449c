"""Rendered rulesets: they end with reject, match on both sides, and do not flush other tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import rule
from policies.gate.core.violation import Violation
from policies.gate.model import HostRuleset

HOOKS = ("input", "forward", "output")
ANSWERS = re.compile(r"ct state (established|related|\{ ?established, ?related ?\})")
ERRORS = re.compile(r"^icmp(v6)? type ")
NARROW = (r"\biifname\b", r"\boifname\b", r"\bip6? saddr\b", r"\bip6? daddr\b", r"(\bdport\b|\bicmp(v6)? type\b)")


@rule("RULE-001", over="rulesets")
def empties_others_tables(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """The engine's isolation is a table too: `flush ruleset` removes it."""
    for statement in ruleset.flushes:
        yield {"host": ruleset.id, "statement": statement}


@rule("RULE-002", over="rulesets")
def does_not_end_in_a_refusal(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """Every hook has a chain with policy drop whose last rule rejects."""
    for hook in HOOKS:
        chains = [chain for chain in ruleset.chains if chain.hook == hook]
        if not chains:
            yield {"host": ruleset.id, "hook": hook, "policy": None, "last": None}
        for chain in chains:
            last = chain.rules[-1] if chain.rules else ""
            if chain.policy != "drop" or re.search(r"\baccept\b", last):
                yield {"host": ruleset.id, "hook": hook, "policy": chain.policy, "last": last}


@rule("RULE-003", over="rulesets")
def forwards_more_than_it_names(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """Each rule of a gateway that accepts new connections matches on both interfaces, both addresses and the service.

    A renderer that drops a match it cannot express fails open: the rule is there, and wide.
    """
    if ruleset.kind != "gateway":
        return
    for chain in ruleset.chains:
        for text in chain.rules if chain.hook == "forward" else ():
            if re.search(r"\baccept\b", text) and not ANSWERS.search(text) and not ERRORS.search(text):
                missing = [pattern for pattern in NARROW if not re.search(pattern, text)]
                if missing:
                    yield {"host": ruleset.id, "rule": text, "missing": [_word(pattern) for pattern in missing]}


def _word(pattern: str) -> str:
    return re.sub(r"\\b|[()?]|6", "", pattern).replace("dport|icmpv type", "dport")
