"""Blueprint -> Estate: what has to be there, derived from the blueprint alone.

`infra` makes the same networks from the same blueprint by code of its own. That the two agree is not taken for granted
anywhere: the gate compares them at every preview.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from ipaddress import get_mixed_type_key
from pathlib import Path

from inventory.addressing import Prefix, addresses, engine_number, tenant_overlay
from inventory.blueprint import Blueprint
from inventory.model.hosts import Host as DeclaredHost
from inventory.model.hosts import HostKind
from inventory.model.systems import Deployment
from inventory.model.systems import System as Entry
from inventory.model.zones import PLACE_OF_ZONE, PlaceId
from inventory.model.zones import Segment as DeclaredSegment
from inventory.paths import paths
from policies.estate import Block, Engine, Estate, Host, Leg, Network, Opening, Segment, System, Workload

CLOUD = "cloud"
"""The engine that the shared cloud's nodes form together."""
BRIDGE = "com.docker.network.bridge"


def declared(blueprint: Blueprint, day: date, lab: str = "lab") -> Estate:
    """The declared view of the part of the blueprint that its site builds; `lab` names the lab's engines."""
    built = blueprint.realised
    return Estate(
        view="declared",
        site=blueprint.site.id,
        digest=blueprint.digest,
        engines=tuple(_engines(built, lab)),
        networks=(*(network(segment) for segment in built.segments), *_overlays(built)),
        workloads=tuple(_workload(built, host) for host in built.hosts),
        segments=(*(_segment(segment) for segment in built.segments), *_overlay_segments(built)),
        hosts=tuple(_host(built, host) for host in built.hosts),
        blocks=tuple(
            Block(
                id=str(one.prefix),
                zone=one.zone,
                place=PLACE_OF_ZONE[one.zone],
                prefix=str(one.prefix),
                at=str(one.at()),
            )
            for one in blueprint.blocks
        ),
        openings=tuple(_openings(built, day)),
        systems=tuple(_system(one) for one in blueprint.systems),
    )


def engine_address(blueprint: Blueprint, place: PlaceId, lab: str) -> str:
    """Where a provider reaches a place's engine; a lab's engines listen on a socket in the lab's run folder."""
    host = blueprint.site.engines[place].host
    if host != "lab":
        return host
    return f"unix://{Path(os.environ.get('LANTU_RUN', '/run/lantu')) / lab / place / 'docker.sock'}"


def _engines(b: Blueprint, lab: str) -> Iterator[Engine]:
    for place in PlaceId:
        if place in b.site.engines:
            at = str(b.site.at("engines", place))
            yield Engine(id=place, place=place, hosts=(engine_address(b, place, lab),), at=at)
    nodes = [host for host in b.hosts if host.kind is HostKind.CLOUD_NODE]
    if nodes:
        reached = tuple(f"ssh://root@{host.id}" for host in nodes)
        yield Engine(id=CLOUD, place=nodes[0].place, hosts=reached, at=str(nodes[0].at()))


def network(segment: DeclaredSegment) -> Network:
    """What an engine has to make of a segment: a bridge that never answers and leads nowhere."""
    number = engine_number(segment)
    return Network(
        id=f"{segment.place}/{segment.id}",
        engine=segment.place,
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


def deployed(b: Blueprint) -> Iterator[tuple[Entry, Deployment]]:
    """The systems that the shared cloud runs."""
    for system in b.systems:
        if system.deployment is not None:
            yield system, system.deployment


def overlay_name(system: str) -> str:
    return f"{system}-net"


def _overlays(b: Blueprint) -> Iterator[Network]:
    """Each system of the cloud has a network of its own. It is not internal: an internal one publishes no port."""
    for system, deployment in deployed(b):
        name = overlay_name(system.id)
        yield Network(
            id=f"{CLOUD}/{name}",
            engine=CLOUD,
            name=name,
            driver="overlay",
            prefixes=(str(tenant_overlay(b.overlays, deployment.overlay)),),
            labels={"lantu.system": system.id},
            at=str(system.at("deployment")),
        )


def _overlay_segments(b: Blueprint) -> Iterator[Segment]:
    for system, _ in deployed(b):
        name, place = overlay_name(system.id), PLACE_OF_ZONE[system.zone]
        yield Segment(
            id=name, network=f"{CLOUD}/{name}", zone=system.zone, kind="overlay", place=place, agency=system.agency,
            at=str(system.at()),
        )  # fmt: skip


def normal(prefixes: tuple[Prefix, ...]) -> tuple[str, ...]:
    """Prefixes in one order and one spelling, so that they can be compared."""
    return tuple(str(one) for one in sorted(prefixes, key=get_mixed_type_key))


def _segment(one: DeclaredSegment) -> Segment:
    return Segment(
        id=one.id,
        network=f"{one.place}/{one.id}",
        zone=one.zone,
        kind=one.kind,
        place=one.place,
        agency=one.agency or "",
        at=str(one.at()),
    )


def _workload(b: Blueprint, host: DeclaredHost) -> Workload:
    legs = []
    for segment in host.legs:
        pair = b.addresses(host, segment)
        legs.append(Leg(network=segment, ipv4=str(pair.ipv4), ipv6=str(pair.ipv6)))
    return Workload(
        id=f"{host.place}/{host.id}", engine=host.place, name=host.id, kind="host", legs=tuple(legs), at=str(host.at())
    )


def _host(b: Blueprint, host: DeclaredHost) -> Host:
    management = b.management_of(host) or ""
    return Host(
        id=host.id,
        kind=host.kind,
        place=host.place,
        workload=f"{host.place}/{host.id}",
        legs=tuple(host.legs),
        management=management if management not in b.working_legs(host) else "",
        agency=host.agency or "",
        room_grade=host.room_grade,
        at=str(host.at()),
    )


def _openings(b: Blueprint, day: date) -> Iterator[Opening]:
    """Only flows that name the host (by id, kind or system) open a port on it; a whole segment is no name."""
    flows = {one.id: one for one in b.flows}
    for path in paths(b, day):
        for host in path.target.hosts:
            name = f"{path.flow}/{host}/{path.service}"
            yield Opening(
                id=name,
                flow=path.flow,
                host=host,
                protocol=path.service.protocol,
                port=path.service.port or 0,
                at=str(flows[path.flow].at()),
            )


def _system(one: Entry) -> System:
    return System(
        id=one.id,
        name_zh=one.name_zh,
        name_en=one.name_en,
        agency=one.agency,
        zone=one.zone,
        capability=one.capability,
        object=one.object,
        state=one.state,
        kind=one.kind,
        owner=one.owner,
        contact=one.contact,
        approval=one.approval or "",
        data_class=one.data_class,
        protection=one.protection,
        deployed_at=one.deployed_at,
        port=one.deployment.port if one.deployment else 0,
        at=str(one.at()),
    )
