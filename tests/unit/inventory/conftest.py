"""The small blueprint of these tests, and the date that they use."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import inventory
from inventory import Blueprint

DIRECTORY = Path(__file__).parent / "blueprint"
TODAY = date(2026, 3, 1)
"""Fixed, so that no test depends on the current date."""


@pytest.fixture(scope="session")
def blueprint() -> Blueprint:
    """The whole small blueprint, for its site `lab`."""
    loaded = inventory.load(DIRECTORY, day=TODAY)
    assert loaded.blueprint is not None, [problem.line("en") for problem in loaded.problems]
    return loaded.blueprint


@pytest.fixture(scope="session")
def lab(blueprint: Blueprint) -> Blueprint:
    """The deployed subset of its site `lab`, without the school's segment and host."""
    return blueprint.deployed_subset
