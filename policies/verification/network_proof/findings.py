"""A finding of the proof: a packet (or path) that shows it, the rule that decided, its path through the zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from policies.nftproof.exact import DifferenceKind, HookDifference
from policies.nftproof.interpreter import Passage
from policies.nftproof.listing import Chain, NftRule, Ruleset
from policies.nftproof.wording import packet_line, packet_words, rule_text


class FindingKind(StrEnum):
    OPEN = "open"  # a packet that no flow allows passes
    CLOSED = "closed"  # a packet of a declared flow, or its answer, does not arrive
    UNKNOWN = "unknown"  # something in a ruleset that is not understood
    DISAGREE = "disagree"  # the cross-check has another result
    JOINED = "joined"  # a path between locations that must be separate
    FOREIGN = "foreign"  # a table of another program that does more than narrow


FAULTS = {
    DifferenceKind.PASSES: FindingKind.OPEN,
    DifferenceKind.STOPPED: FindingKind.CLOSED,
    DifferenceKind.UNKNOWN: FindingKind.UNKNOWN,
    DifferenceKind.DISAGREE: FindingKind.DISAGREE,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule (or default) that passed or stopped the packet. For a default, `handle` is the chain's."""

    table: str
    chain: str
    handle: int
    text: str


@dataclass(frozen=True, slots=True)
class ProofFinding:
    """One finding. `flow`: the declared flow concerned; `what`: what was not understood, or why a path ends."""

    fault: FindingKind
    host: str
    hook: str = ""
    flow: str = ""
    what: str = ""
    packet: Mapping[str, int] = field(default_factory=dict)
    decision: Decision | None = None
    way: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "fault": self.fault.value,
            "host": self.host,
            "hook": self.hook,
            "flow": self.flow,
            "what": self.what,
            "packet": packet_words(self.packet),
            "packet_line": packet_line(self.packet) if self.packet else "",
            "rule": None
            if self.decision is None
            else {
                "table": self.decision.table,
                "chain": self.decision.chain,
                "handle": self.decision.handle,
                "text": self.decision.text,
            },
            "way": list(self.way),
        }


def finding(host: str, ruleset: Ruleset, failure: HookDifference, way: tuple[str, ...]) -> ProofFinding:
    """A hook's difference as a finding, with its host and the packet's path."""
    what = failure.label if failure.kind in (DifferenceKind.UNKNOWN, DifferenceKind.DISAGREE) else ""
    flow = failure.label if failure.kind is DifferenceKind.STOPPED else ""
    decided = failure.trail[-1] if failure.trail else None
    return ProofFinding(
        FAULTS[failure.kind],
        host,
        failure.hook,
        flow,
        what,
        failure.packet,
        decision(ruleset, failure.hook, decided),
        way,
    )


def decision(ruleset: Ruleset, hook: str, passage: Passage | None) -> Decision | None:
    """The rule that decided, or the chain's default if no rule did."""
    if passage is not None and passage.rule is not None:
        return ruled(passage.rule)
    verdict = "drop" if passage is not None and passage.what == "drop" else "accept"
    for chain in ruleset.chains.values():
        if chain.hook == hook and (passage is None or chain.where[2] == passage.chain):
            return default_of(chain, verdict)
    return None


def ruled(rule: NftRule) -> Decision:
    return Decision(" ".join(rule.where[:2]), rule.where[2], rule.handle, rule_text(rule))


def default_of(chain: Chain, verdict: str) -> Decision:
    """A chain's default as what decided."""
    return Decision(" ".join(chain.where[:2]), chain.where[2], chain.handle, f"policy {verdict}")
