"""Every test that names `host` runs once for each host; `gateway`, `portal`, `node` and `bastion` for those alone.

Which lab, site and place: LANTU_LAB, LANTU_SITE, LANTU_LOCATION (both places where it is not set), as `lantu env` says.
"""

from __future__ import annotations

import pytest

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import HostKind
from tests.estate.seen import Seen, ask_all, blueprint, everybody

KINDS = {
    "host": tuple(HostKind),
    "gateway": (HostKind.GATEWAY,),
    "bastion": (HostKind.BASTION,),
    "portal": (HostKind.PORTAL,),
    "node": (HostKind.CLOUD_NODE,),
}
BUILT = blueprint()
HOSTS = everybody(BUILT)


def _of(name: str) -> list[Seen]:
    return [item for item in HOSTS if item.declared.kind in KINDS[name]]


# a place without hosts of a kind has no tests of that kind, rather than tests that are skipped
collect_ignore = [f"test_{name}.py" for name in ("gateway", "portal", "node") if not _of(name)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in KINDS:
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, _of(name), ids=lambda item: item.id, indirect=True)


@pytest.fixture(scope="session")
def asked() -> None:
    ask_all(HOSTS)


def _fixture(name: str) -> object:
    @pytest.fixture(name=name)
    def given(request: pytest.FixtureRequest, asked: None) -> Seen:
        seen: Seen = request.param
        return seen

    return given


# `host` takes the place of testinfra's own fixture, which would ask every host again for every test
host, gateway, bastion, portal, node = map(_fixture, KINDS)


@pytest.fixture
def hosts(asked: None) -> list[Seen]:
    """All of them, for what only shows when they are compared."""
    return HOSTS


@pytest.fixture(scope="session")
def built() -> Blueprint:
    return BUILT
