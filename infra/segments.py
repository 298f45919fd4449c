"""Segments as docker networks. 网段"""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from inventory.model.addressing import addresses, engine_number
from inventory.model.sites import Vlan
from inventory.model.zones import Segment


def network(segment: Segment, vlan: Vlan | None, options: pulumi.ResourceOptions) -> docker.Network:
    """Creates a network that the docker engine does not route; gateways do.

    Docker requires an address for the bridge; it gets the last one, which is never set on IPv4 and blocked on IPv6 by
    the engine's own tables. A change of any property except the labels replaces the network, so it is deleted before it
    is created again, after the hosts that are attached to it (`replace_with` there). Labels only describe the network.
    If the site has a VLAN for the segment, the network is a macvlan on that VLAN's link.
    """
    bridge_addresses = addresses(segment, engine_number(segment))
    return docker.Network(
        segment.id,
        name=segment.id,
        driver="bridge" if vlan is None else "macvlan",
        internal=vlan is None,
        ipv6=True,
        ipam_configs=[
            docker.NetworkIpamConfigArgs(subnet=str(segment.ipv4), gateway=str(bridge_addresses.ipv4)),
            docker.NetworkIpamConfigArgs(subnet=str(segment.ipv6), gateway=str(bridge_addresses.ipv6)),
        ],
        options=_bridge(segment) if vlan is None else {"parent": vlan.link},
        labels=[
            docker.NetworkLabelArgs(label="lantu.segment", value=segment.id),
            docker.NetworkLabelArgs(label="lantu.zone", value=segment.zone.value),
        ],
        opts=pulumi.ResourceOptions.merge(
            options, pulumi.ResourceOptions(delete_before_replace=True, ignore_changes=["labels"])
        ),
    )


def _bridge(segment: Segment) -> dict[str, str]:
    return {
        "com.docker.network.bridge.name": segment.id,
        "com.docker.network.bridge.inhibit_ipv4": "true",
    }
