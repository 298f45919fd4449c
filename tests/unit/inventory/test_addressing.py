"""One number, two addresses; which numbers are whose."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from inventory.model.addressing import addresses, engine_number, numbers_for, parent_of, probe_number, tenant_overlay
from inventory.model.zones import Segment


def segment(ipv4: str) -> Segment:
    return Segment(
        id="seg",
        name_zh="段",
        name_en="Seg",
        zone="extranet",
        kind="shared",
        ipv4=IPv4Network(ipv4),
        ipv6=IPv6Network("fd00:9:0:1::/64"),
    )


@pytest.mark.parametrize(
    ("number", "ipv4", "ipv6"), [(10, "10.9.1.10", "fd00:9:0:1::10"), (255, "10.9.1.255", "fd00:9:0:1::255")]
)
def test_the_ipv6_address_reads_like_the_number(number: int, ipv4: str, ipv6: str) -> None:
    assert addresses(segment("10.9.0.0/16"), number + 256).ipv4 == IPv4Address(ipv4)
    assert addresses(segment("10.9.1.0/24"), number).ipv6 == IPv6Address(ipv6)


@pytest.mark.parametrize(("prefix", "last"), [("10.9.1.0/24", 239), ("10.9.1.0/26", 47), ("10.9.0.0/16", 65519)])
def test_hosts_gateways_engine_and_probes_never_meet(prefix: str, last: int) -> None:
    small = segment(prefix)
    hosts, gateways = numbers_for(small, gateway=False), numbers_for(small, gateway=True)
    assert (hosts[0], hosts[-1], list(gateways)) == (10, last, [2, 3])
    assert last < probe_number(small) < engine_number(small) < small.ipv4.num_addresses - 1


def test_overlays_are_apart_and_inside() -> None:
    overlays = IPv4Network("10.9.128.0/20")
    networks = [tenant_overlay(overlays, number) for number in range(1, 16)]
    assert networks[0] == IPv4Network("10.9.129.0/24")
    assert len(set(networks)) == 15
    assert all(network.subnet_of(overlays) for network in networks)


def test_a_prefix_has_no_parent_in_the_other_family() -> None:
    assert parent_of(IPv4Network("10.9.1.0/24"), [IPv6Network("::/0"), IPv4Network("10.9.0.0/16")])
    assert not parent_of(IPv4Network("10.9.1.0/24"), [IPv6Network("::/0"), IPv4Network("10.8.0.0/16")])
    assert not parent_of(IPv6Network("fd00::/64"), [IPv4Network("0.0.0.0/0")])
