"""The pack driven through the real Pulumi engine; no Docker engine is asked anything but whether it is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import inventory
from policies.views.declared import declared
from tests.policies.cases import DAY
from tests.policies.conftest import Bench, Ping, Preview

IMAGE = "sha256:" + "0" * 64
SEGMENT = declared(inventory.load().blueprint, DAY).network["extranet/shared"]  # type: ignore[arg-type]


def approved(**changes: Any) -> dict[str, Any]:
    """The arguments of an approved network, with some of them changed."""
    pairs = zip(SEGMENT.prefixes, SEGMENT.gateways, strict=True)
    subnets = [{"subnet": prefix, "gateway": gateway} for prefix, gateway in pairs]
    labels = [{"label": key, "value": value} for key, value in SEGMENT.labels.items()]
    args = {
        "name": SEGMENT.name, "driver": SEGMENT.driver, "internal": True, "ipv6": True, "ipam_configs": subnets,
        "options": dict(SEGMENT.options), "labels": labels,
    }  # fmt: skip
    return {"kind": "Network", "id": "net", "args": args | changes}


def container(**args: Any) -> dict[str, Any]:
    return {"kind": "Container", "id": "app", "args": {"name": "app", "image": IMAGE, **args}}


ROGUE = {"kind": "Network", "id": "rogue", "args": {"name": "rogue", "ipam_configs": [{"subnet": "10.70.99.0/24"}]}}
HARMLESS = container(networks_advanced=[{"name": "${net.name}", "ipv4_address": "10.70.1.77"}])
BLOCKED: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "a network that is not in the blueprint": ([ROGUE], "rogue", "NET-001"),
    "an approved network on another engine": ([{**approved(), "provider": "intranet"}], "net", "NET-002"),
    "an approved network with other prefixes": (
        [approved(ipam_configs=[{"subnet": "10.70.1.0/25"}])], "net", "NET-003",
    ),
    "an approved network with another driver": ([approved(driver="macvlan")], "net", "NET-004"),
    "an approved network that is not internal": ([approved(internal=False)], "net", "NET-005"),
    "an approved network with other options": (
        [approved(options={"com.docker.network.bridge.name": "shared"})], "net", "NET-006",
    ),
    "an approved name with one letter changed": ([approved(name="sharad")], "net", "NET-001"),
    "a network outside the three zones": (
        [{"kind": "Network", "id": "far", "args": {"name": "far", "ipam_configs": [{"subnet": "192.168.1.0/24"}]}}],
        "far", "NET-007",
    ),
    "a container in two zones": (
        [container(networks_advanced=[{"name": "shared"}, {"name": "portal"}])], "app", "ZONE-001",
    ),
    "a container in two zones by a network's id": (
        [approved(), container(networks_advanced=[{"name": "${net.id}"}, {"name": "portal"}])], "app", "ZONE-001",
    ),
    "a container on a network made by hand": ([container(networks_advanced=[{"name": "byhand"}])], "app", "ZONE-002"),
    "the host's network": ([container(network_mode="host")], "app", "ISO-001"),
    "the default bridge": ([container()], "app", "ISO-002"),
    "the engine's socket": (
        [container(volumes=[{"host_path": "/var/run/docker.sock", "container_path": "/s"}])], "app", "ISO-003",
    ),
    "the engine's socket as a mount": (
        [container(mounts=[{"type": "bind", "source": "/var/run", "target": "/s"}])], "app", "ISO-003",
    ),
    "a published port that no flow names": ([container(ports=[{"internal": 80, "external": 8080}])], "app", "PORT-001"),
    "all ports published": ([container(publish_all_ports=True)], "app", "PORT-002"),
    "an engine of the other place": ([{**ROGUE, "provider": "intranet"}], "engine-0", "INT-001"),
    "an engine of nobody's": ([{**ROGUE, "provider": "ssh://root@nowhere.example"}], "engine-0", "INT-001"),
    "addresses of the intranet": (
        [{"kind": "Network", "id": "in", "args": {"name": "in", "ipam_configs": [{"subnet": "10.80.9.0/24"}]}}],
        "in", "INT-002",
    ),
    "a leg in the intranet": ([container(networks_advanced=[{"name": "intranet"}])], "app", "INT-003"),
    "a resolver in the intranet": (
        [container(networks_advanced=[{"name": "shared"}], dns=["10.80.0.11"])], "app", "INT-004",
    ),
    "a type that no rule can judge": (
        [{"kind": "Tag", "id": "tag", "args": {"source_image": "a", "target_image": "b"}}], "tag", "MACH-001",
    ),
}  # fmt: skip


def preview(bench: Bench, wanted: list[dict[str, Any]], **more: Any) -> Preview:
    return bench.preview("wanted", LANTU_TEST_WANTED=json.dumps(wanted), **more)


def test_what_the_blueprint_says_passes(bench: Bench) -> None:
    """The positive control of every blocked case below."""
    seen = preview(bench, [approved(), HARMLESS])
    assert (seen.status, seen.violations) == (0, []), seen.output
    assert "lantu@v" in seen.output


@pytest.mark.parametrize("name", BLOCKED)
def test_blocked(bench: Bench, name: str) -> None:
    wanted, resource, rule = BLOCKED[name]
    seen = preview(bench, wanted)
    assert seen.status != 0
    assert rule in seen.rules_of(resource), seen.output


def test_a_rogue_network_is_named_with_the_clause(bench: Bench) -> None:
    output = preview(bench, [ROGUE]).output
    assert "network rogue (engine extranet, prefixes 10.70.99.0/24) is not in the blueprint" in output
    assert "Tianjin measures on e-government art. 9" in output
    chinese = preview(bench, [ROGUE], LANTU_LANG="zh").output
    assert "网络 rogue（引擎 extranet，地址 10.70.99.0/24）不在蓝图中" in chinese
    assert "天津市电子政务管理办法 第九条" in chinese


def test_what_stays_unknown_is_denied(bench: Bench) -> None:
    """A name computed from something that is no network: nothing in the plan says what it will be."""
    wanted = [
        {"kind": "Volume", "id": "vol", "args": {"name": "vol"}},
        container(networks_advanced=[{"name": "${vol.mountpoint}"}]),
    ]
    seen = preview(bench, wanted)
    assert seen.status != 0
    assert {"ZONE-001", "ZONE-002", "ISO-001"} <= seen.rules_of("app")
    assert "could not be evaluated" in seen.output


def test_a_network_known_only_by_its_id_is_followed(bench: Bench) -> None:
    """The control of the one above: its id is not known either, but the plan says whose it is."""
    seen = preview(bench, [approved(), container(networks_advanced=[{"name": "${net.id}"}])])
    assert (seen.status, seen.violations) == (0, []), seen.output


def test_a_blueprint_that_cannot_be_read_denies_everything(bench: Bench, tmp_path: Path) -> None:
    seen = preview(bench, [approved()], LANTU_ESTATE=str(tmp_path / "nowhere"))
    assert seen.status != 0
    assert "GATE-001" in seen.rules
    assert "BP001" in seen.output


def test_a_stack_that_belongs_to_no_place_is_denied(bench: Bench) -> None:
    seen = preview(bench, [approved()], stack="somewhere")
    assert seen.status != 0
    assert "GATE-001" in seen.rules


def test_a_duplicate_system_is_denied_and_its_owner_named(bench: Bench, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(inventory.ESTATE, estate)
    systems = yaml.safe_load((estate / "systems.yaml").read_text("utf-8"))["systems"]
    first = next(one for one in systems if one["id"] == "grid")
    twin = {**first, "id": "twin", "name_zh": "孪生", "name_en": "Twin", "produces": [], "state": "planned"}
    twin = {key: value for key, value in twin.items() if key not in ("deployment", "deployed_at", "project")}
    text = yaml.safe_dump([twin], allow_unicode=True)
    with (estate / "systems.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + "".join(f"  {line}\n" for line in text.splitlines()))
    seen = preview(bench, [approved()], LANTU_ESTATE=str(estate))
    assert seen.status != 0
    assert seen.rules == {"SYS-001"}, seen.output
    assert first["owner"] in seen.output
    assert first["name_en"] in seen.output


def test_an_update_without_preview_makes_nothing_that_is_denied(bench: Bench) -> None:
    """A stack policy alone would come too late; each resource is judged before it is made."""
    Ping.asked.clear()
    seen = preview(bench, [ROGUE], verb=("up", "--yes", "--skip-preview"), stack="up-extranet", LANTU_LAB="lab")
    assert seen.status != 0
    assert "NET-001" in seen.rules_of("rogue")
    assert Ping.asked == []


def test_the_same_update_reaches_the_engine_where_it_is_approved(bench: Bench) -> None:
    """The control: the engine, which only answers pings, is asked to make the approved network."""
    Ping.asked.clear()
    verb = ("up", "--yes", "--skip-preview")
    seen = preview(bench, [approved()], verb=verb, stack="control-extranet", LANTU_LAB="lab")
    assert seen.violations == []
    assert any(path.endswith("/networks/create") for path in Ping.asked), seen.output
