"""Hosts that a change of segments replaces, by the state of a location's stack.

A container keeps the files that it was created with (Ansible owns them afterwards), so Pulumi ignores changes of them.
A host whose interfaces or prefixes change is replaced, and has to start with the configuration of its new network.
"""

from __future__ import annotations

from typing import Any

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host
from inventory.model.zones import LocationId

NETWORK, CONTAINER = "docker:index/network:Network", "docker:index/container:Container"


def rewired(blueprint: Blueprint, location: LocationId, resources: list[dict[str, Any]]) -> list[str]:
    """Ids of deployed hosts whose interfaces, addresses or prefixes differ from those of the state."""
    prefixes = {inputs["name"]: _prefixes(inputs) for inputs in _inputs(resources, NETWORK)}
    attached = {inputs["name"]: _interfaces(inputs) for inputs in _inputs(resources, CONTAINER)}
    return [
        host.id
        for host in blueprint.hosts_at(location)
        if host.id in attached
        and (
            attached[host.id] != _declared_interfaces(blueprint, host)
            or any(prefixes.get(name) != _declared_prefixes(blueprint, name) for name in host.interfaces)
        )
    ]


def _inputs(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource["inputs"] for resource in resources if resource["type"] == kind and "pending" not in resource]


def _prefixes(inputs: dict[str, Any]) -> set[str]:
    return {config["subnet"] for config in inputs.get("ipamConfigs", [])}


def _interfaces(inputs: dict[str, Any]) -> set[tuple[str, str, str]]:
    attachments = inputs.get("networksAdvanced", [])
    return {(each["name"], each.get("ipv4Address", ""), each.get("ipv6Address", "")) for each in attachments}


def _declared_prefixes(blueprint: Blueprint, segment: str) -> set[str]:
    return {str(prefix) for prefix in blueprint.segment[segment].prefixes}


def _declared_interfaces(blueprint: Blueprint, host: Host) -> set[tuple[str, str, str]]:
    pairs = ((name, blueprint.addresses(host, name)) for name in host.interfaces)
    return {(name, str(pair.ipv4), str(pair.ipv6)) for name, pair in pairs}
