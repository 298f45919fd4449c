"""Segments as networks of the place's engine. 网段"""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from inventory.model.addressing import addresses, engine_number
from inventory.model.sites import Vlan
from inventory.model.zones import Segment


def network(segment: Segment, vlan: Vlan | None, options: pulumi.ResourceOptions) -> docker.Network:
    """A network that the engine neither routes nor joins: it is a cable, gateways and hosts do the rest.

    The engine insists on an address of its own on the bridge; it gets the last one, which is never set on IPv4 and
    never answers on IPv6 (the engine's own tables). A change of any property but the labels replaces the network, so it
    is deleted before it is created again, after the hosts that are attached to it (`replace_with` there). Labels
    describe the network and change nothing of it. Where the site lays the segment on a cable, it is that VLAN's link.
    """
    idle = addresses(segment, engine_number(segment))
    return docker.Network(
        segment.id,
        name=segment.id,
        driver="bridge" if vlan is None else "macvlan",
        internal=vlan is None,
        ipv6=True,
        ipam_configs=[
            docker.NetworkIpamConfigArgs(subnet=str(segment.ipv4), gateway=str(idle.ipv4)),
            docker.NetworkIpamConfigArgs(subnet=str(segment.ipv6), gateway=str(idle.ipv6)),
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
