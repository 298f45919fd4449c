"""Routes between locations, from rows of `ip -j route`."""

from __future__ import annotations

from typing import Any

import pytest
from miniature import example

from policies.verification.matrix.endpoints import endpoints
from policies.verification.matrix.routes import Ways, ways

BLUEPRINT = example()
ENDPOINTS = {endpoint.name: endpoint for endpoint in endpoints(BLUEPRINT)}


def evaluated(name: str, *rows: dict[str, Any]) -> Ways:
    return ways(BLUEPRINT, ENDPOINTS[name], ENDPOINTS.values(), [{"family": 4, **row} for row in rows])


def test_routes_within_the_location() -> None:
    own = {"dst": "10.70.3.0/24", "dev": "cloud"}
    block = {"dst": "10.70.0.0/16", "gateway": "10.70.3.1", "dev": "cloud"}
    assert evaluated("host:cloud1", own, block) == Ways("", False)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"dst": "10.80.0.0/24", "gateway": "10.70.3.1", "dev": "cloud"}, "10.80.0.0/24 via 10.70.3.1 dev cloud"),
        ({"dst": "10.80.0.128/25", "dev": "cloud", "scope": "link"}, "10.80.0.128/25 dev cloud"),
        ({"dst": "10.0.0.0/8", "gateway": "10.70.3.77", "dev": "cloud"}, "10.0.0.0/8 via 10.70.3.77 dev cloud"),
        ({"dst": "default", "dev": "cloud"}, "0.0.0.0/0 dev cloud"),
        (
            {"dst": "default", "nexthops": [{"gateway": "10.70.3.1"}, {"gateway": "10.70.3.99"}]},
            "0.0.0.0/0 via 10.70.3.1",
        ),
        ({"dst": "default", "via": {"family": "inet6", "host": "fe80::9"}, "dev": "cloud"}, "0.0.0.0/0 via fe80::9"),
        ({"type": "local", "dst": "10.80.0.7", "dev": "cloud", "table": "local"}, "10.80.0.7/32 dev cloud"),
        ({"family": 6, "dst": "fd70:656e:676a:1::/64", "dev": "cloud"}, "fd70:656e:676a:1::/64 dev cloud"),
        ({"family": 6, "dst": "default", "gateway": "fe80::1", "dev": "cloud"}, "::/0 via fe80::1 dev cloud"),
        ({"dst": "10.80.0.0/16", "gateway": "10.70.3.1", "dev": "cloud", "table": "77"}, "10.80.0.0/16 via 10.70.3.1"),
    ],
)
def test_routes_out_of_the_location(row: dict[str, Any], expected: str) -> None:
    assert evaluated("host:cloud1", row).into.startswith(expected)


def test_a_default_route_to_a_gateway_is_left_to_the_gateway() -> None:
    world = {"dst": "default", "gateway": "198.51.100.1", "dev": "portal"}
    assert evaluated("host:portal1", world) == Ways("", True)
    assert evaluated("host:gw1", world).into == "0.0.0.0/0 via 198.51.100.1 dev portal"


def test_an_unreachable_route_is_no_route() -> None:
    assert evaluated("host:cloud1", {"type": "unreachable", "dst": "10.80.0.0/16", "dev": "lo"}) == Ways("", False)


def test_routes_from_the_intranet_to_the_extranet_are_reported() -> None:
    for block in ("10.70.0.0/16", "10.71.3.0/24", "203.0.113.0/24", "198.51.100.0/24"):
        assert evaluated("host:desk2", {"dst": block, "gateway": "10.80.0.10", "dev": "intranet"}).into
