"""The rules of a running lab, read from its namespaces: every host's, and the Docker engines', which pass nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from inventory.model.blueprint import Blueprint
from policies.nftproof.exact import Allowed, exactly
from policies.nftproof.hooks import Hook
from policies.nftproof.intervals import single
from policies.nftproof.listing import UnreadableError, read
from policies.nftproof.scratch import NotListedError, require_compared_version
from policies.nftproof.values import text_number
from policies.verification.matrix.lab_namespaces import LabHandles, handles
from policies.verification.network_proof.findings import FindingKind, ProofFinding, finding
from policies.verification.network_proof.foreign_tables import Covered, narrowing, own
from policies.verification.network_proof.prove import FULL, Depth, DistrictProof, Mode, prove_listed

SECONDS = 30
ENGINE_TABLE = ("inet", "lantu_engine")
"""The table with which a lab closes a Docker engine's namespace: it carries hosts' links, but no packet may pass it."""
LOOP = single(text_number("lo"))
ENGINE_RIGHTS: Mapping[str, list[Allowed]] = {
    "input": [Allowed("itself", {"iif": LOOP})],
    "forward": [],
    "output": [Allowed("itself", {"oif": LOOP})],
}


@dataclass(frozen=True, slots=True)
class Taken:
    """The tools' output in each namespace; `engines` by location."""

    listed: Mapping[str, str]
    saved: Mapping[str, str]
    engines: Mapping[str, str]


def prove_running(blueprint: Blueprint, lab: str, day: date, depth: Depth = FULL) -> DistrictProof:
    """The proof of the running rules of a lab's hosts and engines. Raises NotListedError if one cannot be read."""
    return prove_taken(blueprint, day, taken(blueprint, handles(lab, blueprint)), depth)


def prove_taken(blueprint: Blueprint, day: date, seen: Taken, depth: Depth = FULL) -> DistrictProof:
    """The same for rules that were read before."""
    proof = prove_listed(blueprint, day, seen.listed, depth, Mode.RUNNING, saved=seen.saved)
    for location, text in seen.engines.items():
        covered, wrong = closed(f"engine-{location}", text, depth.seconds)
        proof.covered += covered
        proof.findings += wrong
    return proof


def taken(blueprint: Blueprint, lab: LabHandles) -> Taken:
    """Read every namespace of the lab."""
    require_compared_version()
    for name, why in lab.missing.items():
        raise NotListedError("EP004", name=name, reason=why.text("en"))
    hosts = {host.id: lab.hosts[host.id] for host in blueprint.hosts}
    return Taken(
        {name: _output(name, path, "nft", "-j", "list", "ruleset") for name, path in hosts.items()},
        {name: _output(name, path, "iptables-save") for name, path in hosts.items()},
        {
            location.value: _output(location.value, path, "nft", "-j", "list", "ruleset")
            for location, path in lab.engines.items()
        },
    )


def listed_now(blueprint: Blueprint, lab: LabHandles) -> dict[str, str]:
    """The rules of every running host. Raises NotListedError if a host that should be readable is not."""
    require_compared_version()
    for name, why in lab.missing.items():
        if why.key != "not-running":
            raise NotListedError("EP004", name=name, reason=why.text("en"))
    namespaces = {host.id: lab.hosts[host.id] for host in blueprint.hosts if host.id in lab.hosts}
    return {name: _output(name, path, "nft", "-j", "list", "ruleset") for name, path in namespaces.items()}


def _output(name: str, namespace: Path, *command: str) -> str:
    try:
        done = subprocess.run(
            ["nsenter", f"--net={namespace}", *command], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotListedError("EP004", name=name, reason=error) from None
    if done.returncode:
        raise NotListedError("EP004", name=name, reason=done.stderr.strip())
    return done.stdout


def closed(name: str, listed: str, seconds: float = 0) -> tuple[list[Covered], list[ProofFinding]]:
    """Findings about packets that an engine's namespace passes beside its loopback, and the other tables there."""
    try:
        ruleset = read(listed)
    except UnreadableError as error:
        return [], [ProofFinding(FindingKind.UNKNOWN, name, what=f"{error.code} {error}")]
    mine = own(ruleset, ENGINE_TABLE)
    covered, wrong = narrowing(name, ruleset, ENGINE_TABLE[1])
    for hook, allowed in ENGINE_RIGHTS.items():
        wrong += [finding(name, mine, failure, ()) for failure in exactly(mine, Hook("ip", hook), allowed, seconds)]
    return covered, wrong
