"""The smallest blueprint: right, and with a host of every kind, so that an emulated machine tries all of them."""

from __future__ import annotations

import json

import inventory
from inventory.model.hosts import HostKind
from tests.machines import places, trial
from tests.unit.lantu.running import run

SMALL = places.ROOT / trial.SMALL


def test_it_passes_check_and_gate() -> None:
    ran = run("check", "--blueprint", str(SMALL), "--format", "json")
    assert (ran.status, json.loads(ran.out)["verdict"]) == (0, "right")


def test_every_kind_of_host_is_built_and_a_system_runs() -> None:
    blueprint = inventory.load(SMALL).blueprint
    assert blueprint is not None
    part = blueprint.deployed_subset
    assert {host.kind for host in part.hosts} == set(HostKind)
    assert {host.location for host in part.hosts} == {"extranet", "intranet"}
    assert [system.id for system in part.systems if system.deployment] == ["grid"]
