"""An address range that is taken is named before Docker stumbles over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Standing
from lab import addresses
from lab.commands import run


@pytest.fixture
def network(standing: Standing) -> Iterator[str]:
    name = standing.network("holder", 40)
    yield name
    standing.client.networks.get(name).remove()


def test_a_free_range_and_a_network_that_is_there_already_are_no_conflict(standing: Standing, network: str) -> None:
    assert (
        addresses.taken(standing.location, {network: ["10.199.40.0/24", "fd99:40::/64"], "new": ["10.199.41.0/24"]})
        == []
    )


def test_every_overlap_is_named_at_once_in_both_families(standing: Standing, network: str) -> None:
    errors = addresses.taken(standing.location, {"new": ["10.199.40.128/25", "fd99:40::/48", "10.199.0.0/16"]})
    assert [(error.code, error.found) for error in errors] == [
        ("LAB016", "10.199.40.0/24 holder"),
        ("LAB016", "fd99:40::/64 holder"),
        ("LAB016", "10.199.40.0/24 holder"),
    ]
    assert "the address range 10.199.40.128/25 (new) is in use" in errors[0].text("en")


def test_a_link_that_is_no_network_of_the_engine_counts_too(standing: Standing) -> None:
    namespace = standing.location.namespace
    run(["ip", "-n", namespace, "link", "add", "name", "odd", "type", "bridge"])
    try:
        run(["ip", "-n", namespace, "address", "add", "10.198.7.1/24", "dev", "odd"])
        assert [error.found for error in addresses.taken(standing.location, {"new": ["10.198.0.0/16"]})] == [
            "10.198.7.0/24 (odd)"
        ]
    finally:
        run(["ip", "-n", namespace, "link", "delete", "odd"])
