"""Expected traffic of the worked example's flows."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address

import pytest
from miniature import DAY, example

from inventory.model.flows import Protocol, Service
from inventory.model.paths import paths
from policies.verification.matrix.endpoints import Endpoint, endpoints
from policies.verification.matrix.expected_traffic import DeclaredTraffic

BLUEPRINT = example()
ENDPOINTS = {item.name: item for item in endpoints(BLUEPRINT)}
PORTAL, WEB, SSH = "198.51.100.10", Service(Protocol.TCP, 443), Service(Protocol.TCP, 22)
ECHO, APPLICATION = Service(Protocol.ICMP, None), Service(Protocol.TCP, 8080)


def open_from(sender: str, target: str, segment: str, address: str, service: Service, day: date = DAY) -> bool:
    declared = DeclaredTraffic(paths(BLUEPRINT, day))
    return bool(declared.right(ENDPOINTS[sender], ENDPOINTS[target], segment, ip_address(address), service).sources)


@pytest.mark.parametrize(
    ("sender", "target", "segment", "address", "service"),
    [
        ("vantage:internet", "host:portal1", "portal", PORTAL, WEB),
        ("segment:internet", "host:portal1", "portal", "2001:db8:71::10", WEB),
        ("vantage:operator", "host:portal1", "portal", PORTAL, WEB),
        ("vantage:operator", "host:bastion1", "ops", "10.70.2.10", SSH),
        ("host:bastion1", "host:gw1", "mgmt", "10.70.250.2", SSH),
        ("host:bastion1", "segment:mgmt", "mgmt", "fd6c:616e:7475:250::240", SSH),
        ("segment:p-water", "host:cloud2", "cloud", "10.70.3.11", APPLICATION),
        ("host:police-desk", "host:cloud1", "cloud", "fd6c:616e:7475:3::10", APPLICATION),
        ("host:infra1", "segment:cloud", "cloud", "10.70.3.240", ECHO),
    ],
)
def test_declared(sender: str, target: str, segment: str, address: str, service: Service) -> None:
    assert open_from(sender, target, segment, address, service)


@pytest.mark.parametrize(
    ("sender", "target", "segment", "address", "service"),
    [
        ("segment:ops", "host:portal1", "portal", PORTAL, WEB),  # only the operator is allowed, not its segment
        ("host:gw1", "host:portal1", "portal", PORTAL, WEB),  # is in the Internet segment, but not public
        ("host:gw1", "host:cloud1", "cloud", "10.70.3.10", APPLICATION),  # is no member of an agency's segment
        ("segment:mgmt", "host:bastion1", "mgmt", "10.70.250.10", SSH),
        ("host:portal1", "host:cloud1", "mgmt", "10.70.250.13", SSH),
        ("host:infra1", "host:gw1", "cloud", "10.70.3.2", ECHO),  # a gateway is no host in other segments
        ("host:infra1", "engine:extranet", "cloud", "10.70.3.254", ECHO),
        ("engine:extranet", "host:portal1", "portal", PORTAL, WEB),
        ("vantage:internet", "host:portal1", "mgmt", "10.70.250.12", WEB),
    ],
)
def test_not_declared(sender: str, target: str, segment: str, address: str, service: Service) -> None:
    assert not open_from(sender, target, segment, address, service)


def test_a_flow_opens_nothing_before_its_day() -> None:
    assert not open_from("vantage:internet", "host:portal1", "portal", PORTAL, WEB, date(2020, 3, 8))


def test_only_the_allowed_source_address_is_expected() -> None:
    right = DeclaredTraffic(paths(BLUEPRINT, DAY)).right(
        ENDPOINTS["host:cloud1"],
        ENDPOINTS["host:cloud2"],
        "cloud",
        ip_address("10.70.3.11"),
        Service(Protocol.TCP, 7946),
    )
    assert right.sources == {ip_address("10.70.3.10")}, "its management address is not allowed"


def test_an_address_of_a_flow_without_a_member_is_unanswered() -> None:
    right = DeclaredTraffic(paths(BLUEPRINT, DAY)).right(
        ENDPOINTS["host:infra1"], ENDPOINTS["engine:extranet"], "cloud", ip_address("10.70.3.254"), ECHO
    )
    assert right.unanswered and not right.sources


def test_every_endpoint_of_the_deployed_subset_exists() -> None:
    kinds = {
        kind: {item.id for item in ENDPOINTS.values() if item.kind == kind} for kind in ("segment", "vantage", "host")
    }
    assert kinds["segment"] == {segment.id for segment in BLUEPRINT.segments}
    assert kinds["vantage"] == {"internet", "operator", "operator-intranet"}
    assert kinds["host"] == {host.id for host in BLUEPRINT.hosts}
    assert {"engine:extranet", "engine:intranet"} <= set(ENDPOINTS)


def test_probe_addresses_are_not_used_by_hosts() -> None:
    taken: set[object] = set()
    for item in ENDPOINTS.values():
        own = {address for interface in item.interfaces.values() for pair in interface for address in pair}
        assert not own & taken, item.name
        taken |= own


def endpoint(name: str) -> Endpoint:
    return ENDPOINTS[name]


def test_a_gateway_has_the_virtual_address_except_in_management() -> None:
    interfaces = endpoint("host:gw1").interfaces
    assert [str(pair.ipv4) for pair in interfaces["cloud"]] == ["10.70.3.2", "10.70.3.1"]
    assert [str(pair.ipv4) for pair in interfaces["mgmt"]] == ["10.70.250.2"]
