"""A test with the fixture `host` runs once for each host; `gateway`, `portal`, `node` and `bastion` select by kind.

LANTU_LAB, LANTU_SITE and LANTU_LOCATION (default: both) select the hosts; `lantu env` prints them.
"""

from __future__ import annotations

import pytest

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import HostKind
from tests.estate.checked_hosts import CheckedHost, all_hosts, blueprint, collect_all

KINDS = {
    "host": tuple(HostKind),
    "gateway": (HostKind.GATEWAY,),
    "bastion": (HostKind.BASTION,),
    "portal": (HostKind.PORTAL,),
    "node": (HostKind.CLOUD_NODE,),
}
BUILT = blueprint()
HOSTS = all_hosts(BUILT)


def _of(name: str) -> list[CheckedHost]:
    return [item for item in HOSTS if item.declared.kind in KINDS[name]]


# without hosts of a kind there are no tests of that kind, instead of skipped ones
collect_ignore = [f"test_{name}.py" for name in ("gateway", "portal", "node") if not _of(name)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in KINDS:
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, _of(name), ids=lambda item: item.id, indirect=True)


@pytest.fixture(scope="session")
def collected() -> None:
    collect_all(HOSTS)


def _fixture(name: str) -> object:
    @pytest.fixture(name=name)
    def checked_host(request: pytest.FixtureRequest, collected: None) -> CheckedHost:
        host: CheckedHost = request.param
        return host

    return checked_host


# `host` replaces testinfra's own fixture, which would connect to every host for every test
host, gateway, bastion, portal, node = map(_fixture, KINDS)


@pytest.fixture
def hosts(collected: None) -> list[CheckedHost]:
    """All hosts, for tests that compare them."""
    return HOSTS


@pytest.fixture(scope="session")
def built() -> Blueprint:
    return BUILT
