"""Fixtures: one miniature district for all tests of a run, and matrix runs with short timeouts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from miniature import DAY, Miniature, small

from policies.verification.matrix import Matrix, probed_services, run
from policies.verification.matrix import execution as running


@pytest.fixture(scope="session")
def district() -> Iterator[Miniature]:
    """A small part of the example: two agencies, the cloud, operations, management, the intranet."""
    assert os.geteuid() == 0, "network namespaces need root"
    with Miniature(small()) as built:
        yield built


@pytest.fixture(scope="session")
def sound(district: Miniature, hurried: None) -> Matrix:
    """The matrix of the district without mutants, for comparison."""
    return run(district.blueprint, district.handles(), print, day=DAY)


@pytest.fixture(scope="session")
def hurried() -> Iterator[None]:
    """Without sampled ports and with short timeouts, because namespaces of one machine answer immediately."""
    patience, sampled = running.PATIENCE, probed_services.SAMPLED
    running.PATIENCE, probed_services.SAMPLED = (0.3, 3.0), ()
    yield
    running.PATIENCE, probed_services.SAMPLED = patience, sampled


@pytest.fixture
def matrix(district: Miniature, sound: Matrix) -> Callable[[], Matrix]:
    """Run the matrix on the current district. Without mutants it must be good."""
    assert sound.good, list(sound.sentences("en"))
    return lambda: run(district.blueprint, district.handles(), print, day=DAY)
