"""Which hosts a change of segments replaces, and what a state needs for it."""

from __future__ import annotations

from typing import Any

from lantu.replacements import add_replacements
from lantu.rewired import CONTAINER, NETWORK, rewired

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from tests.unit.inventory.conftest import DIRECTORY, TODAY


def blueprint() -> Blueprint:
    loaded = inventory.load(DIRECTORY, day=TODAY).blueprint
    assert loaded is not None
    return loaded


def state(built: Blueprint) -> list[dict[str, Any]]:
    """The resources of the extranet's stack, as far as the two functions read them."""
    networks = [
        {
            "type": NETWORK,
            "urn": f"urn:{segment.id}",
            "inputs": {"name": segment.id, "ipamConfigs": [{"subnet": str(prefix)} for prefix in segment.prefixes]},
        }
        for segment in built.segments_at(LocationId.EXTRANET)
    ]
    hosts = [
        {
            "type": CONTAINER,
            "urn": f"urn:{host.id}",
            "inputs": {
                "name": host.id,
                "networksAdvanced": [
                    {"name": name, "ipv4Address": str(pair.ipv4), "ipv6Address": str(pair.ipv6)}
                    for name, pair in ((name, built.addresses(host, name)) for name in host.interfaces)
                ],
            },
        }
        for host in built.hosts_at(LocationId.EXTRANET)
    ]
    return [*networks, *hosts]


def test_a_state_that_agrees_replaces_no_host() -> None:
    built = blueprint()
    assert rewired(built, LocationId.EXTRANET, state(built)) == []


def test_a_changed_prefix_replaces_the_hosts_of_that_segment_alone() -> None:
    built = blueprint()
    resources = state(built)
    changed = next(resource for resource in resources if resource["inputs"]["name"] == "p-river")
    changed["inputs"]["ipamConfigs"][0]["subnet"] = "10.99.0.0/24"
    attached = [host.id for host in built.hosts_at(LocationId.EXTRANET) if "p-river" in host.interfaces]
    assert attached and rewired(built, LocationId.EXTRANET, resources) == attached


def test_a_new_interface_replaces_its_host() -> None:
    built = blueprint()
    resources = state(built)
    gateway = next(resource for resource in resources if resource["inputs"]["name"] == "gw")
    gateway["inputs"]["networksAdvanced"].pop()
    assert rewired(built, LocationId.EXTRANET, resources) == ["gw"]


def test_a_host_that_is_not_there_yet_is_created_and_not_replaced() -> None:
    built = blueprint()
    resources = [resource for resource in state(built) if resource["inputs"]["name"] != "gw"]
    assert rewired(built, LocationId.EXTRANET, resources) == []


def test_a_state_of_an_older_release_gets_what_it_lacks() -> None:
    built = blueprint()
    resources = state(built)
    add_replacements(resources)
    found = {resource["inputs"]["name"]: resource.get("replaceWith") for resource in resources}
    assert found["gw"] == [f"urn:{name}" for name in sorted(built.host["gw"].interfaces)]
    assert found["shared"] is None
    resources[-1]["replaceWith"] = ["urn:kept"]
    add_replacements(resources)
    assert resources[-1]["replaceWith"] == ["urn:kept"]
