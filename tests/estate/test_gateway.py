"""Gateways hold the virtual address of every routed segment."""

from __future__ import annotations

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.zones import SegmentKind
from tests.estate.checked_hosts import CheckedHost


def test_it_holds_the_virtual_address_of_each_segment_but_the_management(gateway: CheckedHost) -> None:
    addresses_of_links = {
        (link["ifname"], address["local"]) for link in gateway.facts["links"] for address in link.get("addr_info", [])
    }
    for interface in gateway.declared.interfaces:
        segment = gateway.blueprint.segment[interface]
        virtual = {(interface, str(address)) for address in addresses(segment, VIRTUAL_GATEWAY)}
        assert (virtual <= addresses_of_links) == (segment.kind is not SegmentKind.MANAGEMENT)
