"""Tables of other programs in a host: they may narrow what our table passes, and nothing more.

Every base chain of a hook must pass a packet, and ours drop by default: so a filter of another program can only narrow.
Anything that could do more is named and fails the proof: translation, changes to packets, paths around a hook. There
are two exceptions. A translation that touches no packet that our rules forward: the solver checks this for every packet
that they pass. And one that publishes a declared port of a cloud node: our forward chain, proven for all packets,
decides what reaches the tasks.
If nft shows only `xt`, the same rule is read from iptables-save, which lists a chain's rules in the same order.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host
from inventory.model.paths import Path
from inventory.rendering.ruleset import TABLE
from policies.nftproof.boxes import RawBox
from policies.nftproof.exact import Allowed
from policies.nftproof.hooks import hooks_of, not_understood
from policies.nftproof.listing import NftRule, Ruleset
from policies.nftproof.program import program
from policies.nftproof.reach import Reach
from policies.nftproof.solver import meet
from policies.nftproof.space import Space, space
from policies.nftproof.statements import Unread, steps
from policies.verification.network_proof.expected_traffic import TASKS, expected_packets, published
from policies.verification.network_proof.findings import FindingKind, ProofFinding, default_of, ruled

OURS = tuple(TABLE.split())
NARROWING = frozenset(
    (
        "match",
        "counter",
        "log",
        "accept",
        "drop",
        "return",
        "continue",
        "jump",
        "goto",
        "reject",
        "limit",
        "quota",
        "vmap",
    )
)
"""Statements that decide about a packet and have no other effect."""
TRANSLATING = frozenset(("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"))
TRANSLATIONS = frozenset(("dnat", "snat", "masquerade", "redirect"))
STOPPING = frozenset(("REJECT", "DROP", "LOG", "NFLOG", "RETURN", "ACCEPT"))
"""Targets of iptables that decide or log, and have no other effect."""
LOCAL_HOOKS = frozenset(("output", "input"))
"""Hooks that no forwarded packet passes."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A table of another program, and why it opens nothing: `narrows`, `untouched` (translates no forwarded packet)
    or `published` (a cloud node's declared ports)."""

    host: str
    table: str
    rules: int
    why: str


def own(ruleset: Ruleset, table: tuple[str, ...] = OURS) -> Ruleset:
    """The ruleset with one table only: ours."""
    return replace(
        ruleset,
        chains={where: chain for where, chain in ruleset.chains.items() if where[:2] == table},
        rules=[rule for rule in ruleset.rules if rule.where[:2] == table],
        sets={where: named_set for where, named_set in ruleset.sets.items() if where[:2] == table},
        updated={where for where in ruleset.updated if where[:2] == table},
    )


def foreign(
    blueprint: Blueprint, host: Host, ruleset: Ruleset, saved: str, declared: Sequence[Path]
) -> tuple[list[Covered], list[ProofFinding]]:
    """The tables of other programs in a host, and the findings about what does more than narrow."""
    looked = _Look(blueprint, host, ruleset, Saved(saved), declared)
    covered, wrong = [], _not_understood(host.id, ruleset, OURS[1])
    for family, table in dict.fromkeys(where[:2] for where in ruleset.chains if where[:2] != OURS):
        reasons = []
        rules = [rule for rule in ruleset.rules if rule.where[:2] == (family, table)]
        for rule in rules:
            why = looked.why(rule)
            if isinstance(why, ProofFinding):
                wrong.append(why)
            else:
                reasons.append(why)
        words = sorted(set(reasons)) or ["narrows"]
        covered.append(Covered(host.id, f"{family} {table}", len(rules), " ".join(words)))
    return covered, wrong


def narrowing(name: str, ruleset: Ruleset, ours: str) -> tuple[list[Covered], list[ProofFinding]]:
    """Tables beside `ours` in a namespace that forwards nothing: there, even translation is a finding."""
    covered, wrong = [], _not_understood(name, ruleset, ours)
    for where in dict.fromkeys(where[:2] for where in ruleset.chains if where[1] != ours):
        rules = [rule for rule in ruleset.rules if rule.where[:2] == where]
        covered.append(Covered(name, " ".join(where), len(rules), "narrows"))
        for rule in rules:
            if strange := _strange(ruleset, rule):
                wrong.append(ProofFinding(FindingKind.UNKNOWN, name, what=", ".join(strange), decision=ruled(rule)))
    return covered, wrong


def _not_understood(name: str, ruleset: Ruleset, ours: str) -> list[ProofFinding]:
    """Objects and base chains of other programs that are not understood."""
    objects = [ProofFinding(FindingKind.UNKNOWN, name, what=kind) for kind, _ in ruleset.strange]
    chains = (chain for chain in not_understood(ruleset) if chain.where[1] != ours)
    return objects + [
        ProofFinding(
            FindingKind.UNKNOWN,
            name,
            chain.hook,
            what=f"hook {chain.hook} of family {chain.family}",
            decision=default_of(chain, chain.policy),
        )
        for chain in chains
    ]


def _strange(ruleset: Ruleset, rule: NftRule) -> list[str]:
    """The parts of a rule that do more than decide, by name."""
    kinds = {next(iter(item), "") for item in rule.expr}
    targets = {str(item["xt"].get("name")) for item in rule.expr if "xt" in item and item["xt"].get("type") == "target"}
    unread = [step.what for step in steps(ruleset, rule) if isinstance(step, Unread)]
    unread = [what for what in unread if not what.startswith(("xt ", "statement "))]
    return [*sorted(kinds - NARROWING - {"xt"}), *sorted(targets - STOPPING), *unread]


class Saved:
    """The output of iptables-save: the rules of each table's chains, in order."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, str], list[list[str]]] = {}
        table = ""
        for line in text.splitlines():
            if line.startswith("*"):
                table = line[1:].strip()
            elif line.startswith("-A "):
                words = shlex.split(line)
                self._lines.setdefault((table, words[1]), []).append(words[2:])

    def words(self, ruleset: Ruleset, rule: NftRule) -> list[str] | None:
        """The words of one rule; None if the output does not correspond to the listing."""
        lines = self._lines.get((rule.where[1], rule.where[2]), [])
        handles = [item.handle for item in ruleset.rules if item.where == rule.where]
        if rule.where[0] != "ip" or len(lines) != len(handles):
            return None
        return lines[handles.index(rule.handle)]


@dataclass(slots=True)
class _Look:
    blueprint: Blueprint
    host: Host
    ruleset: Ruleset
    saved: Saved
    declared: Sequence[Path]

    def why(self, rule: NftRule) -> str | ProofFinding:
        """Why a rule opens nothing, or the finding about it."""
        kinds = {next(iter(item), "") for item in rule.expr if isinstance(item, dict)}
        targets = {
            str(item["xt"].get("name")) for item in rule.expr if "xt" in item and item["xt"].get("type") == "target"
        }
        if kinds & TRANSLATIONS or targets & TRANSLATING:
            return self._translation(rule)
        if strange := _strange(self.ruleset, rule):
            return self._wrong(rule, FindingKind.UNKNOWN, ", ".join(strange))
        if "xt" in kinds and self.saved.words(self.ruleset, rule) is None:
            return self._wrong(rule, FindingKind.UNKNOWN, "xt, and iptables-save does not list it")
        return "narrows"

    def _translation(self, rule: NftRule) -> str | ProofFinding:
        saved_words = self.saved.words(self.ruleset, rule)
        words = " ".join(saved_words) if saved_words else ""
        if not words and "xt" in {next(iter(item), "") for item in rule.expr}:
            return self._wrong(rule, FindingKind.UNKNOWN, "xt, and iptables-save does not list it")
        if not self._touches(rule):
            return "untouched"
        if saved_words and self._publishes(saved_words):
            return "published"
        return self._wrong(rule, FindingKind.FOREIGN, words)

    def _touches(self, rule: NftRule) -> bool:
        """Whether a packet that may be forwarded reaches the rule, in a hook that forwarded packets pass."""
        forwarded = [
            item for item in expected_packets(self.blueprint, self.host, self.declared)["forward"] if _begins(item)
        ]
        steps_of = {item.order: steps(self.ruleset, item) for item in self.ruleset.rules}
        for hook, chains in hooks_of(self.ruleset).items():
            translating = [chain for chain in chains if chain.kind == "nat"]
            if hook.name in LOCAL_HOOKS or not translating:
                continue
            # before routing, neither a packet's target nor its final form is known
            boxes: list[RawBox] = [{}] if hook.name == "prerouting" else [_without(item, "iif") for item in forwarded]
            if _reached(space(program(self.ruleset, hook, translating, steps_of), boxes), boxes, rule):
                return True
        return False

    def _publishes(self, saved_words: Sequence[str]) -> bool:
        """`! -i BRIDGE -p tcp --dport PORT -j DNAT --to-destination TASK:PORT`, for a declared port here."""
        ports = {str(path.service.port) for path in published(self.blueprint, self.host, self.declared)}
        words = " ".join(saved_words)
        publication = re.fullmatch(
            rf"! -i {TASKS} -p tcp -m tcp --dport (\d+) -j DNAT --to-destination ([\d.]+):(\d+)", words
        )
        return (
            publication is not None
            and publication[1] in ports
            and publication[1] == publication[3]
            and self._task(publication[2])
        )

    def _task(self, address: str) -> bool:
        """Whether the address is outside the address plan: such addresses are the engine's own."""
        return not any(ip_address(address) in block.prefix for block in self.blueprint.blocks)

    def _wrong(self, rule: NftRule, fault: FindingKind, what: str) -> ProofFinding:
        hooks = [chain.hook for where, chain in self.ruleset.chains.items() if where == rule.where]
        return ProofFinding(fault, self.host.id, hooks[0] if hooks else "", what=what, decision=ruled(rule))


def _reached(hook_space: Space, boxes: Sequence[RawBox], rule: NftRule) -> bool:
    """Whether a packet of the boxes reaches the rule and matches it."""
    reach = Reach(hook_space)
    for at in hook_space.of_rule.get(rule.order, []):
        for box in (hook_space.box(item) for item in boxes):
            domain = dict(box or ())
            inside = box is not None and meet(domain, hook_space.steps[at].box, hook_space.full)
            if inside and reach.find(domain, at) is not None:
                return True
    return False


def _begins(allowed: Allowed) -> bool:
    """New packets only: a connection's later packets are translated like its first."""
    return allowed.label not in ("answer", "error")


def _without(allowed: Allowed, name: str) -> RawBox:
    return {key: values for key, values in allowed.box.items() if key != name}
