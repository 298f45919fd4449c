"""The intranet is separate in the model; a link, a route or a shared engine is found, with the path it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from policies.verification.network_proof.findings import FindingKind
from policies.verification.network_proof.separation import joined
from policies.verification.network_proof.topology import Topology, TopologyNode, TopologyRoute, topology


@pytest.fixture(scope="session")
def world(built: Blueprint) -> Topology:
    return topology(built)


def changed(world: Topology, name: str, change: Callable[[TopologyNode], TopologyNode]) -> Topology:
    return replace(world, nodes={**world.nodes, name: change(world.nodes[name])})


def test_the_intranet_is_separate(world: Topology) -> None:
    assert list(joined(world)) == []


def test_a_link(world: Topology, built: Blueprint) -> None:
    interfaces = {"shared": (built.segment["shared"].ipv4[77],)}
    found = list(
        joined(changed(world, "host:desk2", lambda item: replace(item, interfaces={**item.interfaces, **interfaces})))
    )
    assert found and all(item.fault is FindingKind.JOINED for item in found)
    assert found[0].what == "link"
    assert found[0].way == ("segment:intranet", "host:desk2", "segment:shared")


def test_a_vantage_point_in_both_locations(world: Topology, built: Blueprint) -> None:
    interfaces = {"intranet": (built.segment["intranet"].ipv4[77],)}
    found = list(
        joined(
            changed(world, "vantage:operator", lambda item: replace(item, interfaces={**item.interfaces, **interfaces}))
        )
    )
    assert ("segment:intranet", "vantage:operator", "segment:ops") in [item.way for item in found]


@pytest.mark.parametrize(
    ("name", "prefix", "via"),
    [
        ("host:gw1", "10.80.0.0/16", "203.0.113.9"),
        ("host:gw1", "0.0.0.0/0", "203.0.113.9"),
        ("host:portal1", "10.80.0.20/32", "198.51.100.1"),
        ("host:desk2", "10.70.0.0/16", "10.80.0.1"),
        ("host:desk2", "::/0", "fd70:656e:676a:1::1"),
    ],
)
def test_a_route(world: Topology, name: str, prefix: str, via: str) -> None:
    route = TopologyRoute(ip_network(prefix), ip_address(via))
    found = list(joined(changed(world, name, lambda item: replace(item, routes=(*item.routes, route)))))
    assert found and found[0].host == name.partition(":")[2] and prefix in found[0].what


def test_a_route_for_the_world_that_a_gateway_ends(world: Topology) -> None:
    """The portal's default route leads to its gateway, which has no route to the intranet."""
    portal = world.nodes["host:portal1"]
    assert ip_network("0.0.0.0/0") in [route.prefix for route in portal.routes]


def test_a_shared_engine(built: Blueprint) -> None:
    shared = dict.fromkeys(LocationId, "ssh://engine@one-machine")
    found = list(joined(topology(built, shared)))
    assert found and any(step == "engine:ssh://engine@one-machine" for step in found[0].way)
