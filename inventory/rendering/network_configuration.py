"""Network configuration of a host as text: links, addresses and routes.

Pulumi uploads both files to a new host, Ansible updates them, and `lantu-net` on the host reads them.
"""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.zones import LocationId, SegmentKind, ZoneId


def links(blueprint: Blueprint, host: Host) -> str:
    """Lines `ADDRESS NAME`: the link with that address gets the name of its segment."""
    return "".join(
        f"{blueprint.addresses(host, interface).ipv4} {interface}\n" for interface in sorted(host.interfaces)
    )


def routes(blueprint: Blueprint, host: Host) -> str:
    """Lines for `ip -batch`: virtual addresses on a gateway, routes through them on other hosts."""
    lines = _gateway(blueprint, host) if host.kind is HostKind.GATEWAY else _through_gateway(blueprint, host)
    return "".join(f"{line}\n" for line in ("# from the blueprint", *lines))  # an upload must not be empty


def _gateway(blueprint: Blueprint, host: Host) -> Iterator[str]:
    for interface in sorted(host.interfaces):
        segment = blueprint.segment[interface]
        if segment.kind is SegmentKind.MANAGEMENT:
            continue  # the management segment is not routed
        virtual = addresses(segment, VIRTUAL_GATEWAY)
        yield f"address replace {virtual.ipv4}/{segment.ipv4.prefixlen} dev {interface}"
        yield f"address replace {virtual.ipv6}/{segment.ipv6.prefixlen} dev {interface} nodad"


def _through_gateway(blueprint: Blueprint, host: Host) -> Iterator[str]:
    """The portal has default routes; every other host has routes to the blocks of its location only."""
    if host.location is LocationId.INTRANET:
        return  # one segment, no gateway, no route out
    for interface in blueprint.working_interfaces(host):
        segment = blueprint.segment[interface]
        if not blueprint.gateways_of(interface):
            continue
        via = addresses(segment, VIRTUAL_GATEWAY)
        if segment.zone is ZoneId.PORTAL:
            prefixes = ["0.0.0.0/0", "::/0"]
        else:
            prefixes = [str(block.prefix) for block in blueprint.blocks if block.zone is not ZoneId.INTRANET]
        for prefix in prefixes:
            yield f"route replace {prefix} via {via.ipv6 if ':' in prefix else via.ipv4}"
