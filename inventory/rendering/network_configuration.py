"""How a host is wired: which link carries which segment, and which routes and addresses it has. Pure text.

A host is born with these texts and Ansible keeps them; `lantu-net` on the host reads both.
"""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.zones import LocationId, SegmentKind, ZoneId


def links(blueprint: Blueprint, host: Host) -> str:
    """Lines `ADDRESS NAME`: the link that carries the address is called by its segment."""
    return "".join(
        f"{blueprint.addresses(host, interface).ipv4} {interface}\n" for interface in sorted(host.interfaces)
    )


def routes(blueprint: Blueprint, host: Host) -> str:
    """Lines for `ip -batch`: a gateway holds each segment's virtual address, others reach their place through it."""
    lines = _gateway(blueprint, host) if host.kind is HostKind.GATEWAY else _through_gateway(blueprint, host)
    return "".join(f"{line}\n" for line in ("# from the blueprint", *lines))  # an upload may not be empty


def _gateway(blueprint: Blueprint, host: Host) -> Iterator[str]:
    for interface in sorted(host.interfaces):
        segment = blueprint.segment[interface]
        if segment.kind is SegmentKind.MANAGEMENT:
            continue  # nobody is routed through the management segment
        virtual = addresses(segment, VIRTUAL_GATEWAY)
        yield f"address replace {virtual.ipv4}/{segment.ipv4.prefixlen} dev {interface}"
        yield f"address replace {virtual.ipv6}/{segment.ipv6.prefixlen} dev {interface} nodad"


def _through_gateway(blueprint: Blueprint, host: Host) -> Iterator[str]:
    """The portal answers the whole world; every other host knows the blocks of its place and nothing else."""
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
