"""Systems: data classes against zones, hosts, and deployments in the shared cloud."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint, grouped
from inventory.model.hosts import Host, HostKind
from inventory.model.systems import Deployment, System, SystemState
from inventory.model.zones import CLASSES_OF_ZONE, DataClass
from inventory.texts.problems import Problem
from inventory.texts.text import Text, one_of

CLUSTER_PORTS = (2375, 2376, 2377, 4789, 7946)
"""Ports of the docker engine: its API, and traffic between the cloud nodes."""
ORDER = list(DataClass)


def classes(d: DraftBlueprint) -> Iterator[Problem]:
    """BP017: a system with a data class that its zone does not allow."""
    for system in d.blueprint.systems:
        allowed = CLASSES_OF_ZONE[system.zone]
        if system.data_class not in allowed:
            what = Text(f"系统 {system.id}", f"system {system.id}")
            values = {"what": what, "value": system.data_class, "zone": system.zone, "expected": one_of(allowed)}
            yield Problem("BP017", system.at("data_class"), values)


def data(d: DraftBlueprint) -> Iterator[Problem]:
    """BP060: a system that handles data of a more restricted class than its own."""
    for system in d.blueprint.systems:
        for field in ("produces", "consumes"):
            for index, name in enumerate(getattr(system, field)):
                resource = d.blueprint.resource.get(name)
                if resource is not None and ORDER.index(resource.data_class) > ORDER.index(system.data_class):
                    values = {"system": system.id, "value": system.data_class, "resource": name}
                    values |= {"expected": resource.data_class}
                    yield Problem("BP060", system.at(field, index), values, system.at("data_class"))


def producers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP061: a system that produces a resource of another agency."""
    for system in d.blueprint.systems:
        for index, name in enumerate(system.produces):
            resource = d.blueprint.resource.get(name)
            if resource is not None and resource.provider != system.agency:
                values = {"system": system.id, "resource": name, "value": system.agency, "expected": resource.provider}
                yield Problem("BP061", system.at("produces", index), values, resource.at("provider"))


def itself(d: DraftBlueprint) -> Iterator[Problem]:
    """BP059: a system that reuses itself."""
    for system in d.blueprint.systems:
        if system.id in system.reuses:
            yield Problem("BP059", system.at("reuses", system.reuses.index(system.id)), {"value": system.id})


def deployed(d: DraftBlueprint) -> Iterator[Problem]:
    """BP029, BP062: a system on a host of another zone, or a cloud deployment on a host that is not a cloud node."""
    for system, index, host in _hosts(d):
        at = system.at("deployed_at", index)
        zones = {d.blueprint.segment[interface].zone for interface in d.blueprint.working_interfaces(host)}
        if system.zone not in zones:
            yield Problem("BP029", at, {"system": system.id, "value": host.id, "expected": system.zone})
        if system.deployment is not None and host.kind is not HostKind.CLOUD_NODE:
            values = {"system": system.id, "value": host.id, "kind": host.kind, "expected": HostKind.CLOUD_NODE}
            yield Problem("BP062", at, values)


def _hosts(d: DraftBlueprint) -> Iterator[tuple[System, int, Host]]:
    for system in d.blueprint.systems:
        for index, name in enumerate(system.deployed_at):
            if name in d.blueprint.host:
                yield system, index, d.blueprint.host[name]


def retired(d: DraftBlueprint) -> Iterator[Problem]:
    """BP066: a retired system that is still deployed."""
    for system in d.blueprint.systems:
        if system.state is SystemState.RETIRED and system.deployed_at:
            yield Problem("BP066", system.at("deployed_at"), {"value": system.id}, system.at("state"))


def _deployments(d: DraftBlueprint) -> Iterator[tuple[System, Deployment]]:
    for system in d.blueprint.systems:
        if system.deployment is not None:
            yield system, system.deployment


def deployments(d: DraftBlueprint) -> Iterator[Problem]:
    """BP063, BP065: a deployment without a host, or on a port that the cluster uses."""
    for system, deployment in _deployments(d):
        if not system.deployed_at:
            yield Problem("BP063", system.at("deployment"), {"value": system.id})
        if deployment.port in CLUSTER_PORTS:
            values = {"system": system.id, "value": deployment.port}
            yield Problem("BP065", system.at("deployment", "port"), values)


def ports(d: DraftBlueprint) -> Iterator[Problem]:
    """BP064: two systems that publish the same port on a host."""
    published = [
        (system, host, deployment.port)
        for system, deployment in _deployments(d)
        for host in dict.fromkeys(system.deployed_at)
    ]
    for group in grouped(published, lambda item: item[1:]):
        first, _, _ = group[0]
        for system, host, port in group[1:]:
            values = {"system": system.id, "value": port, "host": host, "other": first.id}
            yield Problem("BP064", system.at("deployment", "port"), values, first.at("deployment", "port"))


def overlays(d: DraftBlueprint) -> Iterator[Problem]:
    """BP075, BP076: a duplicate overlay number, or one outside the cloud's addresses."""
    b = d.blueprint
    for group in grouped(_deployments(d), lambda item: item[1].overlay):
        first, _ = group[0]
        for system, deployment in group[1:]:
            values = {"system": system.id, "value": deployment.overlay, "other": first.id}
            yield Problem("BP075", system.at("deployment", "overlay"), values, first.at("deployment", "overlay"))
    last = (b.overlays.num_addresses >> 8) - 1
    for system, deployment in _deployments(d):
        if deployment.overlay > last > 0:
            values = {"system": system.id, "value": deployment.overlay, "overlays": b.overlays, "expected": last}
            yield Problem("BP076", system.at("deployment", "overlay"), values)


def published(d: DraftBlueprint) -> Iterator[Problem]:
    """BP030: a published port that no flow allows."""
    allowed = {(flow.target, service) for flow in d.blueprint.flows for service in flow.service}
    for system, deployment in _deployments(d):
        if (f"system:{system.id}", f"tcp/{deployment.port}") not in allowed:
            values = {"system": system.id, "value": f"tcp/{deployment.port}"}
            yield Problem("BP030", system.at("deployment", "port"), values)
