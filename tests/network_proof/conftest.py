"""The example district's rulesets, loaded into scratch namespaces once; a test reloads what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pytest

import inventory
from inventory.model.blueprint import Blueprint
from inventory.rendering.ruleset import rulesets
from policies.nftproof.scratch import listings
from policies.verification.network_proof.prove import FIRST, Depth, DistrictProof, prove_listed
from policies.verification.network_proof.topology import Topology

DAY = date(2026, 6, 1)
Change = Callable[[str], str]


@pytest.fixture(scope="session")
def built() -> Blueprint:
    blueprint = inventory.load(None, "lab", DAY).blueprint
    assert blueprint is not None
    return blueprint.deployed_subset


@pytest.fixture(scope="session")
def texts(built: Blueprint) -> dict[str, str]:
    return rulesets(built, DAY)


@pytest.fixture(scope="session")
def listed(texts: Mapping[str, str]) -> dict[str, str]:
    return listings(texts)


@pytest.fixture
def proof(built: Blueprint, texts: Mapping[str, str], listed: Mapping[str, str]) -> Callable[..., DistrictProof]:
    """Proves the district with one host's rendered text changed, loaded and read back."""

    def prove_changed(
        host: str = "", change: Change = str, depth: Depth = FIRST, world: Topology | None = None, **replaced: str
    ) -> DistrictProof:
        changed = {}
        if host:
            text = change(texts[host])
            assert text != texts[host], "the fault was not seeded"
            changed = listings({host: text})
        return prove_listed(built, DAY, {**listed, **changed, **replaced}, depth, world=world)

    return prove_changed
