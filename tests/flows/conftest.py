"""Fixtures: one miniature estate for all tests of a run, and runs of the matrix that need not wait long."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from miniature import DAY, Miniature, small

from policies.verification.matrix import Matrix, probed_services, run
from policies.verification.matrix import execution as running


@pytest.fixture(scope="session")
def estate() -> Iterator[Miniature]:
    """A small part of the example: two agencies, the cloud, operations, management, the intranet."""
    assert os.geteuid() == 0, "network namespaces need root"
    with Miniature(small()) as built:
        yield built


@pytest.fixture(scope="session")
def sound(estate: Miniature, hurried: None) -> Matrix:
    """The matrix of the estate as it should be: what every mutant is compared with."""
    return run(estate.blueprint, estate.handles(), print, day=DAY)


@pytest.fixture(scope="session")
def hurried() -> Iterator[None]:
    """Mutants need no sampled ports, nor a second for what never comes: namespaces of one machine answer at once."""
    patience, sampled = running.PATIENCE, probed_services.SAMPLED
    running.PATIENCE, probed_services.SAMPLED = (0.3, 3.0), ()
    yield
    running.PATIENCE, probed_services.SAMPLED = patience, sampled


@pytest.fixture
def matrix(estate: Miniature, sound: Matrix) -> Callable[[], Matrix]:
    """Runs the matrix on what the estate is now. The sound one has to be good, or a mutant's red means nothing."""
    assert sound.good, list(sound.sentences("en"))
    return lambda: run(estate.blueprint, estate.handles(), print, day=DAY)
