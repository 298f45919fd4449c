"""inventory.rendering.host_variables: variables contain only what flows allow."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Release
from inventory.model.zones import LocationId
from inventory.rendering.host_variables import hostvars

DAY = date(2026, 11, 22)


@pytest.fixture
def values(built: Blueprint) -> dict[str, dict[str, Any]]:
    return hostvars(built, LocationId.EXTRANET, DAY).hosts


def known(values: dict[str, Any]) -> set[str]:
    return {name for value in values["lantu_names"] for name in value["names"]}


def test_names_of_the_host_and_its_targets(values: dict[str, dict[str, Any]]) -> None:
    assert known(values["grid-desk"]) == {"grid-desk", "cloud1", "cloud2"}
    assert known(values["portal1"]) == {"portal1"}, "it is spoken to, and begins with nobody"
    assert known(values["bastion1"]) == set(values)


def test_a_name_has_the_address_on_the_path(values: dict[str, dict[str, Any]]) -> None:
    """The desk meets the node in the cloud's segment, the bastion meets it in the management one."""
    desk, bastion = (
        {value["address"]: value["names"] for value in values[host]["lantu_names"]}
        for host in ("grid-desk", "bastion1")
    )
    assert desk["10.70.3.10"] == ["cloud1"]
    assert bastion["10.70.250.13"] == ["cloud1"]
    assert "10.70.250.13" not in desk
    assert "10.70.3.10" not in bastion


def test_only_a_bastion_forwards_and_only_in_its_location(built: Blueprint) -> None:
    for place in LocationId:
        for host, one in hostvars(built, place, DAY).hosts.items():
            assert bool(one["lantu_forwards_to"]) == one["lantu_leads_onward"] == (one["lantu_kind"] == "bastion"), host
    intranet = hostvars(built, LocationId.INTRANET, DAY).hosts["bastion2"]["lantu_forwards_to"]
    assert intranet == ["10.80.0.11:22", "[fd70:656e:676a:1::11]:22", "10.80.0.20:22", "[fd70:656e:676a:1::20]:22"]


def test_every_host_has_its_release(built: Blueprint) -> None:
    hosts = [
        host.model_copy(update={"release": Release.DEBIAN_13}) if host.id == "cloud2" else host for host in built.hosts
    ]
    values = hostvars(replace(built, hosts=tuple(hosts)), LocationId.EXTRANET, DAY).hosts
    assert {host: one["lantu_release"] for host, one in values.items()} == dict.fromkeys(values, "12") | {
        "cloud2": "13"
    }


def test_an_expired_flow_allows_nothing(built: Blueprint) -> None:
    """No rule, no name, and no forwarding by the bastion."""
    ended = [
        flow.model_copy(update={"expires": date(2026, 11, 21)}) if flow.id == "bastion-hosts" else flow
        for flow in built.flows
    ]
    one = hostvars(replace(built, flows=tuple(ended)), LocationId.EXTRANET, DAY).hosts
    assert one["bastion1"]["lantu_forwards_to"] == []
    assert known(one["bastion1"]) == {"bastion1"}
    assert "tcp/22" not in one["portal1"]["lantu_answers"]
    assert "bastion-hosts" not in one["portal1"]["lantu_ruleset"]


def test_what_a_host_answers_is_what_flows_name(values: dict[str, dict[str, Any]]) -> None:
    assert values["portal1"]["lantu_answers"] == ["tcp/22", "tcp/443", "tcp/80"]
    assert values["infra1"]["lantu_answers"] == ["tcp/22"]
    assert "tcp/8080" in values["cloud2"]["lantu_answers"]


def test_the_cluster_has_one_manager_and_all_nodes_agree_on_it(values: dict[str, dict[str, Any]]) -> None:
    clusters = [values[node]["lantu_cluster"] for node in ("cloud1", "cloud2")]
    assert {cluster["manager"] for cluster in clusters} == {"cloud1"}
    assert [cluster["address"] for cluster in clusters] == ["10.70.3.10", "10.70.3.11"]


def test_the_portal_has_public_data_only(built: Blueprint, values: dict[str, dict[str, Any]]) -> None:
    """No address, host, contact, budget, or internal system."""
    text = json.dumps(values["portal1"]["lantu_portal"], ensure_ascii=False)
    assert built.agencies[0].name_zh in text, "the control"
    private = [str(segment.ipv4.network_address) for segment in built.segments]
    private += [host.id for host in built.hosts if "-" in host.id or host.id[-1].isdigit()]
    private += [system.contact for system in built.systems]
    assert [word for word in private if word in text] == []


def test_all_of_it_is_plain_data(built: Blueprint) -> None:
    for place in LocationId:
        inventory = hostvars(built, place, DAY)
        assert json.loads(json.dumps(inventory.hosts)) == inventory.hosts
        assert json.loads(json.dumps(inventory.common)) == inventory.common


def test_the_same_blueprint_gives_the_same_inventory(built: Blueprint) -> None:
    assert hostvars(built, LocationId.EXTRANET, DAY) == hostvars(built, LocationId.EXTRANET, DAY)
