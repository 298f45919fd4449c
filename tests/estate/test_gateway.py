"""What only a gateway has: the virtual address of every segment that is routed."""

from __future__ import annotations

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.zones import SegmentKind
from tests.estate.seen import Seen


def test_it_holds_the_virtual_address_of_each_segment_but_the_management(gateway: Seen) -> None:
    held = {(link["ifname"], one["local"]) for link in gateway.words["links"] for one in link.get("addr_info", [])}
    for interface in gateway.declared.interfaces:
        segment = gateway.blueprint.segment[interface]
        virtual = {(interface, str(address)) for address in addresses(segment, VIRTUAL_GATEWAY)}
        assert (virtual <= held) == (segment.kind is not SegmentKind.MANAGEMENT)
