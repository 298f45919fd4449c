"""The small estate that the inventory's tests change, and the day on which they look at it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import inventory
from inventory import Blueprint

DIRECTORY = Path(__file__).parent / "blueprint"
TODAY = date(2026, 3, 1)
"""No test looks at the calendar of the machine that runs it."""


@pytest.fixture(scope="session")
def blueprint() -> Blueprint:
    """The whole small estate, for its lab."""
    loaded = inventory.load(DIRECTORY, day=TODAY)
    assert loaded.blueprint is not None, [problem.line("en") for problem in loaded.problems]
    return loaded.blueprint


@pytest.fixture(scope="session")
def lab(blueprint: Blueprint) -> Blueprint:
    """What its lab builds: not the school's segment and host."""
    return blueprint.deployed_subset
