"""The whole proof: the hosts' real rules pass exactly the declared flows, and the intranet is separate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import permutations

from inventory.model.blueprint import Blueprint
from inventory.model.paths import Path, paths
from inventory.rendering.ruleset import rulesets
from policies.nftproof.exact import Allowed, DifferenceKind, HookDifference, exactly
from policies.nftproof.hooks import Hook
from policies.nftproof.listing import Ruleset, UnreadableError, read
from policies.nftproof.scratch import listings
from policies.nftproof.solver import UndecidedError
from policies.nftproof.values import number_text
from policies.verification.network_proof.composition import composed
from policies.verification.network_proof.end_to_end import Crossing
from policies.verification.network_proof.expected_traffic import expected_packets
from policies.verification.network_proof.findings import FindingKind, ProofFinding, finding
from policies.verification.network_proof.foreign_tables import Covered, foreign, own
from policies.verification.network_proof.packet_paths import Walker
from policies.verification.network_proof.separation import joined
from policies.verification.network_proof.topology import Topology, topology


class Mode(StrEnum):
    """Which rules: as rendered (in scratch namespaces), or as a running lab has them."""

    DECLARED = "declared"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The cross-check: hooks on which the SAT solver agrees, packets that were walked from endpoint to endpoint."""

    hooks: int = 0
    packets: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Depth:
    """The depth of the cross-check: the SAT solver's seconds for each hook (0: none), services walked for each pair."""

    seconds: float = 0.0
    services: int = 0


FIRST = Depth()
FULL = Depth(60.0, 1)


@dataclass(slots=True)
class DistrictProof:
    """The result: what was proven, its extent, and the findings."""

    world: Topology
    day: date
    mode: Mode
    rules: dict[str, int] = field(default_factory=dict)
    paths: Sequence[Path] = ()
    findings: list[ProofFinding] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    endpoints: int = 0  # ordered pairs of endpoints
    journeys: int = 0  # declared connections that were followed there and back
    second: CrossCheck = CrossCheck()
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not self.findings

    @property
    def pairs(self) -> dict[tuple[str, str], tuple[Path, ...]]:
        """Every ordered pair of segments, with the open paths between them; most have none."""
        names = [segment.id for segment in self.world.blueprint.segments]
        between: dict[tuple[str, str], list[Path]] = {pair: [] for pair in permutations(names, 2)}
        for path in self.paths:
            if path.crosses:
                between[path.source.segment, path.target.segment].append(path)
        return {pair: tuple(open_paths) for pair, open_paths in between.items()}


def prove(blueprint: Blueprint, day: date, depth: Depth = FULL) -> DistrictProof:
    """The proof of the rulesets that the blueprint renders. Raises NotListedError if none can be loaded here."""
    begun = time.perf_counter()
    proof = prove_listed(blueprint, day, listings(rulesets(blueprint, day)), depth)
    proof.seconds = time.perf_counter() - begun
    return proof


def prove_listed(
    blueprint: Blueprint,
    day: date,
    listed: Mapping[str, str],
    depth: Depth = FULL,
    mode: Mode = Mode.DECLARED,
    world: Topology | None = None,
    saved: Mapping[str, str] | None = None,
) -> DistrictProof:
    """The proof of the hosts' rulesets as `nft -j list ruleset` printed them. `saved`: iptables-save's output there."""
    begun = time.perf_counter()
    world = world or topology(blueprint)
    proof = DistrictProof(world, day, mode, paths=paths(blueprint, day))
    rulesets = dict(_read(proof, blueprint, listed))
    if not proof.findings:
        _hooks(proof, rulesets, depth)
        _foreign(proof, rulesets, saved or {})
        _crossing(proof, rulesets, depth)
    proof.findings += [*composed(blueprint, proof.paths), *joined(world)]
    proof.seconds = time.perf_counter() - begun
    return proof


def _read(proof: DistrictProof, blueprint: Blueprint, listed: Mapping[str, str]) -> Iterator[tuple[str, Ruleset]]:
    """Every host's ruleset; a missing or unreadable one is a finding, never left out."""
    for host in blueprint.hosts:
        try:
            ruleset = read(listed.get(host.id, ""))
        except UnreadableError as error:
            proof.findings.append(ProofFinding(FindingKind.UNKNOWN, host.id, what=f"{error.code} {error}"))
            continue
        proof.rules[host.id] = len(own(ruleset).rules)
        yield host.id, ruleset


def _hooks(proof: DistrictProof, rulesets: Mapping[str, Ruleset], depth: Depth) -> None:
    """Check that every hook of every host passes exactly the expected packets."""
    began, agreed = time.perf_counter(), 0
    for host in proof.world.blueprint.hosts:
        mine = own(rulesets[host.id])
        for name, allowed in expected_packets(proof.world.blueprint, host, proof.paths).items():
            failures = _exactly(mine, Hook("ip", name), allowed, depth.seconds)
            proof.findings += (
                finding(host.id, mine, failure, _between(host.id, name, failure)) for failure in failures
            )
            agreed += depth.seconds > 0 and not any(failure.kind is DifferenceKind.DISAGREE for failure in failures)
    if agreed:
        proof.second = CrossCheck(agreed, 0, time.perf_counter() - began)


def _exactly(ruleset: Ruleset, hook: Hook, allowed: Sequence[Allowed], seconds: float) -> list[HookDifference]:
    try:
        return exactly(ruleset, hook, allowed, seconds)
    except UndecidedError:
        return [HookDifference(DifferenceKind.UNKNOWN, hook.name, "the solver exceeded its steps")]


def _between(host: str, hook: str, failure: HookDifference) -> tuple[str, ...]:
    """The packet's path: its segments and the host."""
    into, out = (number_text(failure.packet.get(name, 0)) for name in ("iif", "oif"))
    before, after = ([into or "*"] if hook != "output" else []), ([out or "*"] if hook != "input" else [])
    return (*before, host, *after) if failure.packet else ()


def _foreign(proof: DistrictProof, rulesets: Mapping[str, Ruleset], saved: Mapping[str, str]) -> None:
    for host in proof.world.blueprint.hosts:
        covered, wrong = foreign(proof.world.blueprint, host, rulesets[host.id], saved.get(host.id, ""), proof.paths)
        proof.covered += covered
        proof.findings += wrong


def _crossing(proof: DistrictProof, rulesets: Mapping[str, Ruleset], depth: Depth) -> None:
    """Check that declared connections arrive and are answered, and that sampled others do not arrive."""
    crossing = Crossing(Walker(proof.world, {host: own(ruleset) for host, ruleset in rulesets.items()}), proof.paths)
    proof.endpoints = crossing.pairs
    reported = {_key(item) for item in proof.findings}
    for question in crossing.declared():
        proof.journeys += 1
        if wrong := crossing.wrong(question):
            _report(proof, reported, wrong)
    began = time.perf_counter()
    walked = 0
    for question in crossing.sampled(depth.services):
        walked += 1
        if wrong := crossing.wrong(question):
            _report(proof, reported, wrong)
    spent = proof.second.seconds + time.perf_counter() - began
    proof.second = replace(proof.second, packets=walked, seconds=spent)


def _report(proof: DistrictProof, reported: set[tuple[object, ...]], wrong: ProofFinding) -> None:
    """Add one finding for each rule (or default) and flow, not for every packet."""
    key = _key(wrong)
    if key not in reported:
        reported.add(key)
        proof.findings.append(wrong)


def _key(proof_finding: ProofFinding) -> tuple[object, ...]:
    return (
        proof_finding.fault,
        proof_finding.host,
        proof_finding.hook,
        proof_finding.flow,
        proof_finding.what,
        proof_finding.decision and proof_finding.decision.handle,
    )
