"""Cached proofs, by their input: rules, network configuration, paths, the proof's own code, nft.

Only successful proofs are cached; a failed or impossible proof runs again every time.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from inventory.model.blueprint import Blueprint
from inventory.model.paths import paths
from inventory.rendering.network_configuration import links, routes
from inventory.rendering.ruleset import rulesets
from policies.nftproof.scratch import SEARCHED, listings
from policies.user_cache import user_cache

if TYPE_CHECKING:
    from policies.verification.network_proof.prove import DistrictProof

ROOT = Path(__file__).resolve().parents[3]
CODE = ("policies/nftproof", "policies/verification", "inventory")
"""Code whose change invalidates older proofs."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A successful proof: its day, input, extent and duration. `kept`: it comes from the cache."""

    key: str
    rules: str
    """SHA-256 over the rendered rules only."""
    day: str
    pairs: int
    flows: int
    hosts: int
    seconds: float
    kept: bool = False


def folder() -> Path:
    """Where proofs are kept."""
    return user_cache("proofs")


def rules_digest(texts: Mapping[str, str]) -> str:
    """The hash of a district's rendered rules."""
    return sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def key(blueprint: Blueprint, day: date, texts: Mapping[str, str]) -> str:
    """The hash over everything that the result depends on."""
    parts = [
        rules_digest(texts),
        *(links(blueprint, host) + routes(blueprint, host) for host in blueprint.hosts),
        *map(repr, (blueprint.segments, blueprint.blocks, blueprint.hosts, blueprint.vantages)),
        repr([(system.id, system.deployment, system.deployed_at) for system in blueprint.systems]),
        repr(paths(blueprint, day)),
        repr(blueprint.site.engines),
        _code(),
        _tool(),
    ]
    return sha256("\0".join(parts).encode()).hexdigest()


def proof(blueprint: Blueprint, day: date) -> Proven | DistrictProof:
    """The cached proof of these rules, or a new one, which is cached; a DistrictProof if it fails.

    Raises NotListedError where no rules can be loaded here.
    """
    texts = rulesets(blueprint, day)
    key_ = key(blueprint, day, texts)
    kept = _read(folder() / f"{key_}.json")
    if kept is not None:
        return kept
    from policies.verification.network_proof.prove import FIRST, prove_listed

    proof_ = prove_listed(blueprint, day, listings(texts), FIRST)
    if not proof_.good:
        return proof_
    flows = len({path.flow for path in proof_.paths})
    proven = Proven(
        key_, rules_digest(texts), day.isoformat(), len(proof_.pairs), flows, len(proof_.rules), proof_.seconds
    )
    _write(folder() / f"{key_}.json", proven)
    return proven


def _read(file: Path) -> Proven | None:
    try:
        return Proven(**{**json.loads(file.read_text(encoding="utf-8")), "kept": True})
    except (OSError, ValueError, TypeError):
        return None  # missing or unreadable: it is made again


def _write(file: Path, proven: Proven) -> None:
    """Write the file whole or not at all; a cache that cannot be written only costs time."""
    new = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(asdict(proven)), encoding="utf-8")
        new.replace(file)
    except OSError:
        new.unlink(missing_ok=True)


@cache
def _code() -> str:
    """The hash of the proof's own files, with their paths."""
    files = sorted(file for name in CODE for file in (ROOT / name).rglob("*.py"))
    content = b"\0".join(part for file in files for part in (str(file.relative_to(ROOT)).encode(), file.read_bytes()))
    return sha256(content).hexdigest()


def _tool() -> str:
    """Identifies the installed nft without starting it."""
    path = shutil.which("nft", path=os.pathsep.join((os.environ.get("PATH", os.defpath), SEARCHED)))
    if path is None:
        return "no nft"
    status = Path(path).stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"
