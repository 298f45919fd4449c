"""The inventory plugin, through `ansible-inventory`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from inventory.texts.text import Lang
from tests.playbooks.conftest import ROOT

ANSIBLE = Path(sys.executable).with_name("ansible-inventory")
KEY = "ssh-ed25519 "


def ask(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LANTU_", "ANSIBLE_"))}
    env = clean | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **more}
    return subprocess.run([str(ANSIBLE), *words], env=env, capture_output=True, text=True, check=False, cwd="/")


@cache
def listed(location: str) -> dict[str, Any]:
    done = ask("--list", LANTU_LOCATION=location, LANTU_STATE="/nowhere", LANTU_LAB="mine")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout, object_hook=plain)
    return told


def plain(one: dict[str, Any]) -> Any:
    """Ansible marks a string that is no template."""
    return one.get("__ansible_unsafe", one)


@pytest.mark.parametrize("location", list(LocationId))
def test_a_location_has_exactly_its_own_hosts(built: Blueprint, location: LocationId) -> None:
    assert set(listed(location)["_meta"]["hostvars"]) == {host.id for host in built.deployed_subset.hosts_at(location)}


def test_locations_share_no_data(built: Blueprint) -> None:
    """Neither names nor addresses; the control is that its own are present."""
    for location, other in ((LocationId.INTRANET, LocationId.EXTRANET), (LocationId.EXTRANET, LocationId.INTRANET)):
        part, text = built.deployed_subset, json.dumps(listed(location))
        own, foreign = ([host.id for host in part.hosts_at(item)] for item in (location, other))
        assert all(f'"{name}"' in text for name in own)
        assert [name for name in foreign if f'"{name}"' in text] == []
        addresses = [
            str(a)
            for host in part.hosts_at(other)
            for interface in host.interfaces
            for a in part.addresses(host, interface)
        ]
        assert [address for address in addresses if address in text] == []


def test_hosts_are_in_groups_by_kind_zone_location_and_segment() -> None:
    groups = {name: group.get("hosts", []) for name, group in listed("extranet").items()}
    assert groups["kind_cloud_node"] == ["cloud1", "cloud2"]
    assert set(groups["zone_portal"]) == {"gw1", "portal1"}
    assert set(groups["segment_p_grid"]) == {"gw1", "grid-desk"}
    assert "kind_gateway" in listed("intranet") or "kind_gateway" in listed("intranet")["all"]["children"]


def test_values_have_their_types(built: Blueprint) -> None:
    """Roles do not check types: a string would be accepted as a list."""
    values = listed("extranet")["_meta"]["hostvars"]["bastion1"]
    wanted = {"forwards_to": list, "names": list, "links": str, "ruleset": str, "capabilities": dict}
    assert {name: type(values[f"lantu_{name}"]) for name in wanted} == wanted
    assert values["lantu_capabilities"]["kernel_sysctl"] is False


def test_ssh_uses_the_locations_configuration() -> None:
    for location in LocationId:
        for values in listed(location)["_meta"]["hostvars"].values():
            assert values["ansible_ssh_common_args"] == f"-F /nowhere/mine/{location}/ssh/config"


def test_only_the_public_key_of_operators_is_included(tmp_path: Path) -> None:
    folder = tmp_path / "lab" / "extranet" / "ssh"
    folder.mkdir(parents=True)
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / "operators")]
    subprocess.run(make, check=True)
    public = (folder / "operators.pub").read_text().split()[1]
    done = ask("--host", "gw1", LANTU_STATE=str(tmp_path))
    assert json.loads(done.stdout, object_hook=plain)["lantu_operator_keys"] == [KEY + public]
    assert "PRIVATE" not in done.stdout


def test_the_inventory_works_without_a_key() -> None:
    assert listed("extranet")["_meta"]["hostvars"]["gw1"]["lantu_operator_keys"] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_invalid_blueprint_is_an_error_with_all_problems(built: Blueprint, tmp_path: Path, language: Lang) -> None:
    shutil.copytree(built.directory, tmp_path / "blueprint")
    hosts = tmp_path / "blueprint" / "hosts.yaml"
    hosts.write_text(hosts.read_text().replace("portal: 10, mgmt: 12", "portall: 10, mgmt: 10"))
    done = ask("--graph", LANTU_BLUEPRINT=str(tmp_path / "blueprint"), LANTU_LANG=language)
    assert done.returncode != 0
    assert done.stdout.strip() == ""
    problems = inventory.load(tmp_path / "blueprint").problems
    assert {problem.code for problem in problems} >= {"BP014", "BP015"}, "a wrong name and a number given twice"
    assert [problem for problem in problems if problem.line(language) not in done.stderr] == []


@pytest.mark.parametrize(("name", "value"), [("LANTU_LOCATION", "elsewhere"), ("LANTU_SITE", "no-such-site")])
def test_an_unknown_location_or_site_is_refused(name: str, value: str) -> None:
    done = ask("--graph", **{name: value})
    assert done.returncode != 0
    assert done.stdout.strip() == ""
