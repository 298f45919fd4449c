"""The policy pack in Pulumi; the Docker engine only answers pings.

That none of the rules blocks what the blueprint says is `test_example.py`: the control of everything here.
"""

from __future__ import annotations

import json
import shutil
import threading
from datetime import date
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

import pytest
import yaml

import inventory
from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.model import Network
from policies.gate.rules.registry import RULES
from policies.gate.views import pulumi_documents
from policies.gate.views.declared.snapshot import declared
from policies.gate.views.planned import planned
from tests.policies.cases import DAY
from tests.policies.conftest import Bench, Ping, Preview, image_id
from tests.policies.wishes import BLOCKED, container, network

BLUEPRINT = inventory.load().blueprint
assert BLUEPRINT is not None
NETWORKS: dict[str, Network] = declared(BLUEPRINT, DAY).network


def approved(name: str = "shared", /, **changes: Any) -> dict[str, Any]:
    """An approved network as a program input, with some of its arguments changed."""
    one = NETWORKS[f"extranet/{name}"]
    pairs = zip(one.prefixes, one.gateways, strict=True)
    labels = [{"label": key, "value": value} for key, value in one.labels.items()]
    args = {
        "driver": one.driver, "internal": True, "ipv6": True, "options": dict(one.options), "labels": labels,
        "ipam_configs": [{"subnet": prefix, "gateway": gateway} for prefix, gateway in pairs],
    }  # fmt: skip
    return network(changes.pop("id", "net"), **{**args, "name": one.name, **changes})


def preview(bench: Bench, items: list[dict[str, Any]], **more: Any) -> Preview:
    return bench.preview("wanted", LANTU_TEST_WANTED=json.dumps(items), **more)


IDENTITY = {
    "engine": (approved(id="n-engine", provider="intranet"), "NET-002"),
    "name": (approved(id="n-name", name="sharad"), "NET-001"),
    "prefixes": (approved(id="n-prefixes", ipam_configs=[{"subnet": "10.70.1.0/25"}]), "NET-003"),
    "driver": (approved(id="n-driver", driver="macvlan"), "NET-004"),
    "internal": (approved(id="n-internal", internal=False), "NET-005"),
    "options": (approved(id="n-options", options={"com.docker.network.bridge.name": "shared"}), "NET-006"),
}
"""Properties of a network; each is changed alone."""
CONTROL = approved("p-grid", id="control")


@pytest.fixture(scope="session")
def everything(bench: Bench) -> Preview:
    """A preview with each violation in a separate resource, and one approved network."""
    faults = [wish for wish, _, _ in BLOCKED.values()] + [wish for wish, _ in IDENTITY.values()]
    return preview(bench, [CONTROL, *faults])


@pytest.mark.parametrize("part", IDENTITY)
def test_an_approved_network_is_denied_when_one_thing_about_it_changes(everything: Preview, part: str) -> None:
    wish, rule = IDENTITY[part]
    assert everything.status != 0
    assert rule in everything.rules_of(wish["id"]), everything.output


@pytest.mark.parametrize("name", BLOCKED)
def test_a_violation_is_blocked(everything: Preview, name: str) -> None:
    wish, rule, _ = BLOCKED[name]
    same = [one["id"] for one, _, _ in BLOCKED.values() if one["args"].get("name") == wish["args"].get("name")]
    assert any(rule in everything.rules_of(item) for item in same), everything.output


def test_the_approved_network_is_not_blocked(everything: Preview) -> None:
    assert everything.rules_of("control") == set(), everything.output


def test_the_event_log_has_the_same_violations_offline(
    everything: Preview, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evaluating the event log gives the same rules and resources as the pack in Pulumi."""
    monkeypatch.setenv("LANTU_RUN", str(bench.run))
    monkeypatch.setenv("LANTU_STATE", str(bench.state))
    assert BLUEPRINT is not None
    against = declared(BLUEPRINT, date.today(), "lab")
    stack = pulumi_documents.read(everything.log)
    found = evaluate(Context(planned(stack.resources, against, "extranet"), against, date.today()), RULES.values())
    offline = {
        (item.rule, location.rpartition("::")[2]) for item in found if item.blocks for location in (item.at, *item.see)
    }
    pack = {(rule, resource) for resource, text in everything.violations for rule in everything.rules_of(resource)}
    assert {rule for rule, _ in offline} == {rule for rule, _ in pack}
    assert pack <= offline


def test_twenty_rows_of_the_escape_path_catalogue_are_blocked_in_a_real_preview(everything: Preview) -> None:
    """Counted from the preview's output; every type of resource is included."""
    found = [(wish, rows) for wish, rule, rows in BLOCKED.values() if rule in everything.rules_of(wish["id"])]
    assert len({row for _, rows in found for row in rows}) >= 29
    assert {wish["kind"] for wish, _ in found} >= {"Network", "Container", "Service", "Volume", "Plugin"}
    assert sum("fd" in json.dumps(wish) or "::" in json.dumps(wish) for wish, _ in found) >= 6, "IPv6 as well"


def test_an_engine_of_another_location_and_an_unknown_engine(bench: Bench) -> None:
    items = [network("a", provider="intranet"), network("b", provider="ssh://root@nowhere.example")]
    seen = preview(bench, items)
    assert "INT-001" in seen.rules_of("engine-0")
    assert "INT-001" in seen.rules_of("engine-1")


def test_an_unauthenticated_engine_is_denied(bench: Bench) -> None:
    """S40: a provider on plain TCP; the test's port only answers pings."""
    with ThreadingTCPServer(("127.0.0.1", 0), Ping) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seen = preview(bench, [network("c", provider=f"tcp://127.0.0.1:{server.server_address[1]}")])
        server.shutdown()
    assert seen.status != 0
    assert {"INT-001", "MACH-003"} <= seen.rules_of("engine-0"), seen.output


def test_a_rogue_network_is_named_with_the_clause(bench: Bench) -> None:
    output = preview(bench, [network("rogue")]).output
    assert "network rogue (engine extranet, prefixes 10.70.99.0/24) is not in the blueprint" in output
    assert "Tianjin measures on e-government art. 9" in output
    chinese = preview(bench, [network("rogue")], LANTU_LANG="zh").output
    assert "网络 rogue（引擎 extranet，地址 10.70.99.0/24）不在蓝图中" in chinese
    assert "天津市电子政务管理办法 第九条" in chinese


def test_unknown_values_are_denied_unless_the_plan_resolves_them(bench: Bench) -> None:
    """The plan resolves a network's id, but not an unknown mount point."""
    items = [
        approved(),
        {"kind": "Volume", "id": "vol", "args": {"name": "vol"}},
        container("lost", networks_advanced=[{"name": "${vol.mountpoint}"}]),
        container("followed", networks_advanced=[{"name": "${net.id}"}]),
        container("between", networks_advanced=[{"name": "${net.id}"}, {"name": "portal"}]),
    ]
    seen = preview(bench, items)
    assert {"ZONE-001", "ZONE-002", "ISO-001"} <= seen.rules_of("lost")
    assert "could not be evaluated" in seen.output
    assert not {"ZONE-001", "ZONE-002", "ISO-001"} & seen.rules_of("followed"), seen.output
    assert "ZONE-001" in seen.rules_of("between")


def test_a_blueprint_that_cannot_be_read_denies_everything(bench: Bench, tmp_path: Path) -> None:
    seen = preview(bench, [approved()], LANTU_BLUEPRINT=str(tmp_path / "nowhere"))
    assert seen.status != 0
    assert "GATE-001" in seen.rules
    assert "BP001" in seen.output


def test_a_stack_that_belongs_to_no_location_is_denied(bench: Bench) -> None:
    seen = preview(bench, [approved()], stack="somewhere")
    assert seen.status != 0
    assert "GATE-001" in seen.rules


def test_state_in_another_directory_is_denied(bench: Bench, tmp_path: Path) -> None:
    seen = preview(bench, [approved()], PULUMI_BACKEND_URL=f"file://{tmp_path}")
    assert seen.rules == {"MACH-002"}, seen.output


def test_a_production_site_refuses_hosts_that_are_containers(bench: Bench) -> None:
    engine = "ssh://lantu@engine-extranet.pengjiang.example"
    wish = container("portal1", image=image_id("portal"), provider=engine)
    seen = preview(bench, [wish], LANTU_SITE="production")
    assert "WORK-003" in seen.rules_of("portal1"), seen.output


PRODUCTION = {"provider": "ssh://lantu@engine-extranet.pengjiang.example"}
CABLE = {"driver": "macvlan", "internal": False, "options": {"parent": "eth1.101"}}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (CABLE, set()),
        ({}, {"NET-004", "NET-005", "NET-006"}),
        ({**CABLE, "options": {"parent": "eth1.117"}}, {"DRV-001", "DRV-003", "NET-006"}),
    ],
    ids=["on the site's own VLAN", "as a bridge", "on another segment's VLAN"],
)
def test_segments_of_a_production_site_are_on_its_vlans(bench: Bench, changes: dict[str, Any], rules: set[str]) -> None:
    seen = preview(bench, [approved(**PRODUCTION, **changes)], LANTU_SITE="production")
    assert seen.rules_of("net") == rules, seen.output


def test_a_production_site_refuses_compensating_controls(bench: Bench, tmp_path: Path) -> None:
    directory = tmp_path / "blueprint"
    shutil.copytree(inventory.EXAMPLE, directory)
    with (directory / "sites" / "production.yaml").open("a", encoding="utf-8") as file:
        file.write("compensating_controls: [{covers: [S15], by: engine-tables, reason_zh: 丢弃, reason_en: drops}]\n")
    seen = preview(bench, [approved(**PRODUCTION, **CABLE)], LANTU_SITE="production", LANTU_BLUEPRINT=str(directory))
    assert seen.status != 0
    assert "ENG-001" in seen.rules, seen.output


TWINS: dict[str, dict[str, Any]] = {
    "the same code and object": {"name_zh": "孪生", "name_en": "Twin"},
    "in the other language, under another object": {
        "name_zh": "Grid incident handling platform", "name_en": "Grid incident handling platform",
        "agency": "police", "object": "incidents in the grid", "users": ["grid staff"],
        "functions": ["grid incident registration", "incident dispatch", "feedback on handling"],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_a_duplicate_system_is_denied_and_its_owner_named(bench: Bench, tmp_path: Path, name: str) -> None:
    directory = tmp_path / "blueprint"
    shutil.copytree(inventory.EXAMPLE, directory)
    systems = yaml.safe_load((directory / "systems.yaml").read_text("utf-8"))["systems"]
    first = next(system for system in systems if system["id"] == "grid")
    twin = {**first, "id": "twin", "produces": [], "state": "planned", **TWINS[name]}
    twin = {key: value for key, value in twin.items() if key not in ("deployment", "deployed_at", "project")}
    text = yaml.safe_dump([twin], allow_unicode=True)
    with (directory / "systems.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + "".join(f"  {line}\n" for line in text.splitlines()))
    seen = preview(bench, [approved()], LANTU_BLUEPRINT=str(directory))
    assert seen.status != 0
    assert "SYS-001" in seen.rules, seen.output
    assert first["owner"] in seen.output
    assert first["name_en"] in seen.output


def test_an_update_without_preview_creates_nothing_denied(bench: Bench) -> None:
    """Each resource is evaluated before it is created, which a stack policy alone cannot do."""
    Ping.asked.clear()
    verb = ("up", "--yes", "--skip-preview")
    seen = preview(bench, [network("rogue")], verb=verb, stack="up-extranet", LANTU_LAB="lab")
    assert seen.status != 0
    assert "NET-001" in seen.rules_of("rogue")
    assert Ping.asked == []


def test_an_approved_update_reaches_the_engine(bench: Bench) -> None:
    """The control: Pulumi requests the approved network from the engine, which only answers pings."""
    Ping.asked.clear()
    verb = ("up", "--yes", "--skip-preview")
    seen = preview(bench, [approved()], verb=verb, stack="control-extranet", LANTU_LAB="lab")
    assert seen.violations == []
    assert any(path.endswith("/networks/create") for path in Ping.asked), seen.output
