"""Hosts, host variables and groups of one location for Ansible's inventory.

Every value is plain data of its final type, because roles do not check types. Names begin with `lantu_`, so that a
playbook shows which variables come from the blueprint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from inventory.model.base import Named
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.paths import Path, paths
from inventory.model.zones import LocationId
from inventory.rendering import network_configuration
from inventory.rendering.ruleset import ruleset

SSH = 22


@dataclass(frozen=True, slots=True)
class Inventory:
    """One location for Ansible. `groups` has the ids of the hosts in each group, in the order of the blueprint."""

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    common: dict[str, Any] = field(default_factory=dict)
    """Variables of all hosts."""


def hostvars(blueprint: Blueprint, location: LocationId, day: date) -> Inventory:
    """Hosts of one location that the site deploys, as of that day, without any data of the other location."""
    built = blueprint.deployed_subset
    declared = paths(built, day)
    hosts = {host.id: _values(built, host, declared, day) for host in built.hosts_at(location)}
    groups: dict[str, list[str]] = {
        _group("kind", kind): [] for kind in HostKind
    }  # plays refer to kinds without hosts, too
    for host in built.hosts_at(location):
        for group in _groups(built, host):
            groups.setdefault(group, []).append(host.id)
    return Inventory(hosts, dict(sorted(groups.items())), _common(built))


def _common(built: Blueprint) -> dict[str, Any]:
    return {
        "lantu_site_kind": str(built.site.kind),
        "lantu_capabilities": built.site.capabilities.model_dump(mode="json"),
        "lantu_district": district(built),
    }


def _groups(built: Blueprint, host: Host) -> Iterator[str]:
    yield _group("location", host.location)
    yield _group("kind", host.kind)
    yield from sorted({_group("zone", built.segment[interface].zone) for interface in host.interfaces})
    yield from (_group("segment", interface) for interface in host.interfaces)


def _group(kind: str, name: str) -> str:
    """Ansible's group names are Python identifiers: kind_cloud_node."""
    return f"{kind}_{name}".replace("-", "_")


def _values(built: Blueprint, host: Host, declared: tuple[Path, ...], day: date) -> dict[str, Any]:
    values: dict[str, Any] = {
        "lantu_kind": str(host.kind),
        "lantu_release": str(built.release_of(host)),
        "lantu_links": network_configuration.links(built, host),
        "lantu_routes": network_configuration.routes(built, host),
        "lantu_names": _names(built, host, declared),
        "lantu_answers": _answers(host, declared),
        "lantu_forwards_to": list(_forwards_to(built, host, declared)),
        "lantu_leads_onward": host.kind is HostKind.BASTION,
        "lantu_ruleset": ruleset(built, host, day),
    }
    if host.kind is HostKind.PORTAL:
        values["lantu_portal"] = portal(built)
    if host.kind is HostKind.CLOUD_NODE:
        values["lantu_cluster"] = _cluster(built, host)
    return values


def _names(built: Blueprint, host: Host, declared: tuple[Path, ...]) -> list[dict[str, Any]]:
    """Names for /etc/hosts: its own, and those of hosts to which a flow allows it to connect."""
    names: dict[str, dict[str, Any]] = {}
    own = built.management_of(host)
    for segment, other in [*([(own, host)] if own else []), *_targets(built, host, declared)]:
        for address in built.addresses(other, segment):
            names.setdefault(str(address), {"address": str(address), "names": [other.id]})
    return list(names.values())


def _targets(built: Blueprint, host: Host, declared: tuple[Path, ...]) -> Iterator[tuple[str, Host]]:
    for path in declared:
        is_source = host.id in path.source.hosts or (path.source.whole and path.source.segment in host.interfaces)
        if not is_source or host.kind is HostKind.GATEWAY:
            continue
        for other in built.hosts_at(host.location):
            is_target = other.id in path.target.hosts or (path.target.whole and path.target.segment in other.interfaces)
            if is_target and other.id != host.id:
                yield path.target.segment, other


def _answers(host: Host, declared: tuple[Path, ...]) -> list[str]:
    """Services of this host that a flow allows, like tcp/22. No other service needs to listen."""
    services = {
        str(path.service)
        for path in declared
        if host.id in path.target.hosts or (path.target.whole and path.target.segment in host.interfaces)
    }
    return sorted(services)


def _forwards_to(built: Blueprint, host: Host, declared: tuple[Path, ...]) -> Iterator[str]:
    """Targets to which a bastion may forward connections, for sshd's PermitOpen: ADDRESS:22."""
    if host.kind is not HostKind.BASTION:
        return
    targets = _targets(built, host, tuple(path for path in declared if path.service.port == SSH))
    for segment, other in dict.fromkeys((segment, other.id) for segment, other in targets):
        pair = built.addresses(built.host[other], segment)
        yield f"{pair.ipv4}:{SSH}"
        yield f"[{pair.ipv6}]:{SSH}"


def _cluster(built: Blueprint, host: Host) -> dict[str, Any]:
    """The Swarm that a cloud node belongs to: one manager, the first node of the blueprint."""
    nodes = [item for item in built.hosts_at(host.location) if item.kind is HostKind.CLOUD_NODE]
    manager = nodes[0]
    return {
        "manager": manager.id,
        "manager_address": _work_address(built, manager),
        "address": _work_address(built, host),
        "nodes": [node.id for node in nodes],
        "overlays": str(built.overlays),
    }


def _work_address(built: Blueprint, host: Host) -> str:
    return str(built.addresses(host, built.working_interfaces(host)[0]).ipv4)


def district(built: Blueprint) -> dict[str, str]:
    value = built.district
    cities = {"city_zh": value.city_zh, "city_en": value.city_en}
    return {"id": value.id, "domain": value.domain, **_both(value), **cities}


def portal(built: Blueprint) -> dict[str, Any]:
    """Content of the main site: agencies with their websites, tasks, service halls. Public data only."""
    agencies = [
        {
            "id": agency.id,
            "kind": str(agency.kind),
            "column": f"{agency.domain}.{built.district.domain}",
            **_both(agency),
        }
        for agency in built.agencies
    ]
    tasks = [{"id": task.id, "group": str(task.group), "lead": task.lead, **_both(task)} for task in built.tasks]
    halls = [
        {"id": hall.id, "operator": hall.operator, "hours_zh": hall.hours_zh, "hours_en": hall.hours_en, **_both(hall)}
        for hall in built.service_halls
    ]
    return {
        "names": [built.district.domain, f"www.{built.district.domain}"],
        "authority": built.district.authority,
        "agencies": agencies,
        "tasks": tasks,
        "halls": halls,
    }


def _both(named: Named) -> dict[str, str]:
    return {"name_zh": named.name_zh, "name_en": named.name_en}
