"""Blueprint -> snapshot: everything that must exist, derived from the blueprint alone.

`infra` makes the same things from the same blueprint by code of its own. That the two agree is not taken for granted
anywhere: the gate compares them at every preview.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import HostKind
from inventory.model.sites import SiteKind
from inventory.model.zones import LocationId
from policies.gate.model import CompensatingControl, DockerEngine
from policies.gate.model.snapshot import Snapshot
from policies.gate.views.declared import flows, hosts, networks, records, register
from policies.gate.views.declared.networks import CLOUD


def declared(blueprint: Blueprint, day: date, lab: str = "lab") -> Snapshot:
    """The declared view of the deployed subset; `lab` names the lab's engines and state."""
    built, site = blueprint.deployed_subset, blueprint.site
    state = lab_state(lab) if site.kind is SiteKind.LAB else None
    return Snapshot(
        view="declared",
        site=site.id,
        site_kind=site.kind,
        room_grade=site.room_grade,
        platform=blueprint.platform,
        state=str(state or ""),
        confinement=records.confinement(state),
        digest=blueprint.digest,
        engines=tuple(_engines(built, lab)),
        compensating_controls=tuple(_compensating_controls(blueprint)),
        networks=tuple(networks.networks(built)),
        segments=tuple(networks.segments(built)),
        blocks=tuple(networks.blocks(blueprint)),
        workloads=tuple(hosts.workloads(built)),
        hosts=tuple(hosts.hosts(built)),
        images=tuple(records.images(state)),
        flows=tuple(flows.flows(built)),
        open_ports=tuple(flows.open_ports(built, day)),
        rulesets=tuple(flows.rulesets(built, day)),
        agencies=tuple(register.agencies(blueprint)),
        systems=tuple(register.systems(blueprint)),
        resources=tuple(register.resources(blueprint)),
        exchanges=tuple(register.exchanges(blueprint)),
    )


def lab_state(lab: str) -> Path:
    """The directory of a lab's state, keys and records, with one directory per location."""
    return Path(os.environ.get("LANTU_STATE", "/var/lib/lantu")) / lab


def engine_address(blueprint: Blueprint, location: LocationId, lab: str) -> str:
    """Addresses of a location's engine; a lab's engines listen on a socket in the lab's run directory."""
    host = blueprint.site.engines[location].host
    if host != "lab":
        return host
    return f"unix://{Path(os.environ.get('LANTU_RUN', '/run/lantu')) / lab / location / 'docker.sock'}"


def _engines(b: Blueprint, lab: str) -> Iterator[DockerEngine]:
    for location, engine in b.site.engines.items():
        at = str(b.site.at("engines", location))
        address = engine_address(b, location, lab)
        yield DockerEngine(id=location, location=location, hosts=(address,), at_least=engine.version_at_least, at=at)
    nodes = [host for host in b.hosts if host.kind is HostKind.CLOUD_NODE]
    if nodes:
        reached = tuple(f"ssh://root@{host.id}" for host in nodes)
        yield DockerEngine(id=CLOUD, location=nodes[0].location, hosts=reached, at=str(nodes[0].at()))


def _compensating_controls(b: Blueprint) -> Iterator[CompensatingControl]:
    for number, control in enumerate(b.site.compensating_controls):
        yield CompensatingControl(
            id=control.by,
            covers=control.covers,
            reason_zh=control.reason_zh,
            reason_en=control.reason_en,
            at=str(b.site.at("compensating_controls", number)),
        )


__all__ = ["CLOUD", "declared", "engine_address", "lab_state"]
