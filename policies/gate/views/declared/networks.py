"""Segments and the cloud's overlays, as the engines have to have them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import get_mixed_type_key

from inventory.model.addressing import VIRTUAL_GATEWAY, Prefix, addresses, engine_number, tenant_overlay
from inventory.model.blueprint import Blueprint
from inventory.model.sites import Vlan
from inventory.model.systems import Deployment
from inventory.model.systems import System as Entry
from inventory.model.zones import LOCATION_OF_ZONE
from inventory.model.zones import Segment as DeclaredSegment
from policies.gate.model import Block, Network, Segment

CLOUD = "cloud"
"""The engine that the shared cloud's nodes form together."""
BRIDGE = "com.docker.network.bridge"


def networks(b: Blueprint) -> Iterator[Network]:
    for segment in b.segments:
        vlan = b.site.vlans.get(segment.id)
        yield _bridge(segment) if vlan is None else _on_a_cable(segment, vlan)
    for system, deployment in deployed(b):
        yield _overlay(b, system, deployment)


def deployed(b: Blueprint) -> Iterator[tuple[Entry, Deployment]]:
    """The systems that the shared cloud runs."""
    for system in b.systems:
        if system.deployment is not None:
            yield system, system.deployment


def _bridge(segment: DeclaredSegment) -> Network:
    """What an engine has to make of a segment: a bridge that never answers and leads nowhere."""
    number = engine_number(segment)
    return Network(
        id=f"{segment.location}/{segment.id}",
        engine=segment.location,
        name=segment.id,
        driver="bridge",
        internal=True,
        ipv6=True,
        prefixes=normal(segment.prefixes),
        gateways=tuple(str(address) for address in addresses(segment, number)),
        options={f"{BRIDGE}.name": segment.id, f"{BRIDGE}.inhibit_ipv4": "true"},
        labels={"lantu.zone": str(segment.zone), "lantu.segment": segment.id},
        at=str(segment.at()),
    )


def _on_a_cable(segment: DeclaredSegment, vlan: Vlan) -> Network:
    """The same segment where it lies on the machines' cables: the VLAN's own link, which no other segment has."""
    return _bridge(segment).changed(driver="macvlan", internal=False, options={"parent": vlan.link})


def _overlay(b: Blueprint, system: Entry, deployment: Deployment) -> Network:
    """Each system of the cloud has a network of its own. It is not internal: an internal one publishes no port."""
    name = overlay_name(system, deployment)
    return Network(
        id=f"{CLOUD}/{name}",
        engine=CLOUD,
        name=name,
        driver="overlay",
        prefixes=(str(tenant_overlay(b.overlays, deployment.overlay)),),
        labels={"lantu.system": system.id},
        at=str(system.at("deployment")),
    )


def overlay_name(system: Entry, deployment: Deployment) -> str:
    return f"{system.id}-net-{deployment.overlay}"


def segments(b: Blueprint) -> Iterator[Segment]:
    for segment in b.segments:
        yield Segment(
            id=segment.id,
            network=f"{segment.location}/{segment.id}",
            zone=segment.zone,
            kind=segment.kind,
            location=segment.location,
            agency=segment.agency or "",
            gateways=tuple(_gateways(b, segment)),
            vantages=sum(vantage.segment == segment.id for vantage in b.vantages),
            at=str(segment.at()),
        )
    for system, deployment in deployed(b):
        name, location = overlay_name(system, deployment), LOCATION_OF_ZONE[system.zone]
        yield Segment(
            id=name,
            network=f"{CLOUD}/{name}",
            zone=system.zone,
            kind="overlay",
            location=location,
            agency=system.agency,
            at=str(system.at("deployment")),
        )


def _gateways(b: Blueprint, segment: DeclaredSegment) -> Iterator[str]:
    hosts = b.gateways_of(segment.id)
    numbers = [VIRTUAL_GATEWAY, *(host.interfaces[segment.id] for host in hosts)] if hosts else []
    for number in numbers:
        yield from (str(address) for address in addresses(segment, number))


def blocks(b: Blueprint) -> Iterator[Block]:
    for block in b.blocks:
        prefix = str(block.prefix)
        yield Block(
            id=prefix, zone=block.zone, location=LOCATION_OF_ZONE[block.zone], prefix=prefix, at=str(block.at())
        )


def normal(prefixes: tuple[Prefix, ...]) -> tuple[str, ...]:
    """Prefixes in one order and one spelling, so that they can be compared."""
    return tuple(str(prefix) for prefix in sorted(prefixes, key=get_mixed_type_key))
