"""`lantu audit` on the running district: leaks made by hand and by a raw Pulumi are seen, taken away, seen no more.

On a lab that is up: LANTU_TEST_LAB=mine LANTU_TEST_KEEP=1 pytest tests/district/test_2_drift.py; then `lantu up`
repairs the engine that the last test stops.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import docker
import pytest
from lab import engine as engines
from lab.paths import Lab

from tests.district.conftest import LAB, engine, lantu

Found = dict[tuple[str, str], dict[str, Any]]
"""By rule and subject: a finding that blocks."""
SPACE = f"/run/netns/{Lab(LAB).location('extranet').namespace}"


def audit(*words: str) -> Found:
    done = lantu("audit", *words, "--format", "json")
    assert done.status in (0, 1), done.err
    found = done.json["findings"]
    return {(item["rule"], item["subject"]): item for item in found if item["level"] in ("deny", "major")}


@pytest.fixture(scope="module")
def before() -> Found:
    """The control: nothing of what is asked about below is there already."""
    found = audit()
    assert found == {}
    return found


def inside(*words: str, space: str = SPACE) -> None:
    subprocess.run(["nsenter", f"--net={space}", *words], check=True, capture_output=True)


def space_of(client: docker.DockerClient, host: str) -> str:
    return f"/proc/{client.api.inspect_container(host)['State']['Pid']}/ns/net"


def rogue_network(client: docker.DockerClient) -> Callable[[], None]:
    pool = docker.types.IPAMPool(subnet="10.70.99.0/24")
    made = client.networks.create("shared-2", internal=True, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    return made.remove


def borrowed_name(client: docker.DockerClient) -> Callable[[], None]:
    """Only a cluster makes a network of that name; here somebody hopes that it is overlooked."""
    pool = docker.types.IPAMPool(subnet="10.70.97.0/24")
    made = client.networks.create("docker_gwbridge", internal=True, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    return made.remove


def attachment(client: docker.DockerClient) -> Callable[[], None]:
    """After the deployment: Pulumi's refresh does not see it."""
    segment = client.networks.get("shared")
    segment.connect("portal1")
    return lambda: segment.disconnect("portal1", force=True)


def second_address(client: docker.DockerClient) -> Callable[[], None]:
    space = space_of(client, "infra1")
    inside("ip", "address", "add", "10.70.1.77/32", "dev", "shared", space=space)
    return lambda: inside("ip", "address", "del", "10.70.1.77/32", "dev", "shared", space=space)


def changed_rule(client: docker.DockerClient) -> Callable[[], None]:
    """A flow's rule that opens more ports than the flow; then as it was."""
    space, chain = space_of(client, "gw1"), ("inet", "lantu", "forward")
    command = ["nsenter", f"--net={space}", "nft", "-a", "list", "chain", *chain]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in listed.splitlines() if "tcp dport 443" in line and "{" not in line)
    rule, _, handle = line.strip().partition(" # handle ")
    wider = re.sub(r"dport \d+", "dport 1-65535", rule)
    assert wider != rule
    inside("nft", "replace", "rule", *chain, "handle", handle, wider, space=space)
    return lambda: inside("nft", "replace", "rule", *chain, "handle", handle, rule, space=space)


def foreign_table(client: docker.DockerClient) -> Callable[[], None]:
    space = space_of(client, "cloud1")
    inside("nft", "add", "table", "inet", "sneak", space=space)
    return lambda: inside("nft", "delete", "table", "inet", "sneak", space=space)


def other_table(client: docker.DockerClient) -> Callable[[], None]:
    """A route that `ip route` alone does not show."""
    space = space_of(client, "infra1")
    route = ("203.0.113.0/24", "via", "10.70.1.99", "table", "100")
    inside("ip", "route", "add", *route, space=space)
    return lambda: inside("ip", "route", "del", *route, space=space)


def host_forwards(client: docker.DockerClient) -> Callable[[], None]:
    space = space_of(client, "water-desk")
    inside("sysctl", "-qw", "net.ipv4.ip_forward=1", space=space)
    return lambda: inside("sysctl", "-qw", "net.ipv4.ip_forward=0", space=space)


def classifier(client: docker.DockerClient) -> Callable[[], None]:
    """Its filters could pass packets from link to link, and no table would see them."""
    space = space_of(client, "gw1")
    inside("tc", "qdisc", "add", "dev", "shared", "clsact", space=space)
    return lambda: inside("tc", "qdisc", "del", "dev", "shared", "clsact", space=space)


def cable(client: docker.DockerClient) -> Callable[[], None]:
    """No engine's list shows it: only the kernel does."""
    inside("ip", "link", "add", "sneak0", "type", "veth", "peer", "name", "sneak1")
    inside("ip", "link", "set", "sneak0", "master", "shared")
    return lambda: inside("ip", "link", "del", "sneak0")


def forwarding(client: docker.DockerClient) -> Callable[[], None]:
    """Of the engine itself: its compensating control is not at work any more."""
    inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    return lambda: inside("sysctl", "-qw", "net.ipv4.ip_forward=0")


ESCAPE_PATHS: dict[str, tuple[Callable[[docker.DockerClient], Callable[[], None]], str, str, str, str]] = {
    "a network made by hand": (rogue_network, "NET-001", "extranet/shared-2", "UNAPPROVED", "shared"),
    "a network by a borrowed name": (borrowed_name, "NET-001", "extranet/docker_gwbridge", "UNAPPROVED", ""),
    "an attachment after the deployment": (attachment, "ZONE-003", "extranet/portal1", "MUTATED", "portal 198.51.100."),
    "a second address": (second_address, "RUN-009", "infra1", "MUTATED", "10.70.1.10"),
    "a changed rule": (changed_rule, "RUN-010", "gw1", "MUTATED", "tcp dport 443"),
    "a table of somebody": (foreign_table, "RUN-011", "cloud1", "UNAPPROVED", "inet lantu"),
    "a route in a table of its own": (other_table, "RUN-004", "infra1", "MUTATED", "10.70.1.1"),
    "a host that forwards": (host_forwards, "RUN-005", "water-desk", "MUTATED", "0"),
    "a classifier": (classifier, "RUN-013", "gw1", "UNAPPROVED", ""),
    "a cable": (cable, "RUN-002", "extranet", "UNAPPROVED", ""),
    "one cable more than endpoints": (lambda _: lambda: None, "RUN-003", "extranet", "UNAPPROVED", ""),
    "an engine that forwards": (forwarding, "RUN-005", "extranet", "MUTATED", "0"),
    "a compensating control that is not at work": (lambda _: lambda: None, "ENG-019", "extranet", "", ""),
}
"""What is done, the rule and subject that tell it, its class, and what the text names as the nearest approved."""


@pytest.fixture(scope="module")
def planted(before: Found) -> Iterator[Found]:
    """What the audit says while all of them are there; taken away afterwards, whatever happens."""
    client = engine("extranet")
    with ExitStack() as undo:
        undo.callback(client.close)
        for plant, *_ in ESCAPE_PATHS.values():
            undo.callback(plant(client))
        found = audit()
    yield found


@pytest.mark.parametrize("name", ESCAPE_PATHS)
def test_a_escape_path_made_by_hand_is_named_with_the_nearest_approved(planted: Found, name: str) -> None:
    _, rule, subject, drift, nearest = ESCAPE_PATHS[name]
    assert (rule, subject) in planted, sorted(planted)
    one = planted[rule, subject]
    assert one["drift"] == drift
    for lang in ("zh", "en"):
        text = " ".join(one["texts"][lang][part] for part in ("sentence", "expected"))
        assert nearest in text, text


def test_what_was_taken_away_is_seen_no_more(planted: Found, before: Found) -> None:
    """By SSH this time, through the bastion: hosts say the same of themselves as their namespaces do."""
    assert audit("--hosts") == before


def test_what_pulumi_made_without_the_pack(before: Found, tmp_path: Path) -> None:
    """A raw `pulumi up` past the gate, into the place's own state."""
    env = {**os.environ, **lantu("env", "--format", "json").json}
    (tmp_path / "__main__.py").write_text(PROGRAM)
    options = {"toolchain": "pip", "virtualenv": os.path.relpath(sys.prefix, tmp_path)}
    project = {"name": "raw", "runtime": {"name": "python", "options": options}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(project))
    stack = f"{LAB}-extranet"

    def pulumi(*words: str) -> None:
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    pulumi("stack", "init", stack)
    try:
        pulumi("up", "--yes", "--skip-preview", "--stack", stack)
        found = audit()
    finally:
        pulumi("destroy", "--yes", "--skip-preview", "--stack", stack)
        pulumi("stack", "rm", "--yes", stack)
    drifts = {key: one["drift"] for key, one in found.items()}
    assert drifts[("RUN-008", "extranet/rogue")] == "BYPASS"
    assert drifts[("NET-001", "extranet/rogue")] == "UNAPPROVED"


PROGRAM = f"""import pulumi_docker as docker, pulumi
engine = docker.Provider("engine", host="unix://{Lab(LAB).location("extranet").socket}")
docker.Network("rogue", name="rogue", internal=True, ipam_configs=[dict(subnet="10.70.98.0/24")],
               opts=pulumi.ResourceOptions(provider=engine))
"""


def test_the_three_views_together_agree(before: Found) -> None:
    """Nothing is left to be seen where the running view has seen it."""
    done = lantu("check", "--view", "all", "--format", "json")
    assert (done.status, done.json["verdict"], done.json["counts"]["to_be_observed"]) == (0, "passed", 0), done.out
    assert done.json["views"] == ["declared", "planned", "running"]


def test_an_engine_that_was_stopped(before: Found) -> None:
    """Last: `lantu up` brings it back, which the interrupted runs after this file do."""
    engines.stop(Lab(LAB).location("intranet"))
    done = lantu("audit", "--format", "json")
    assert done.status == 1, done.err
    told = {item["rule"]: item for item in done.json["findings"] if item["subject"] == "intranet"}
    assert told["RUN-012"]["drift"] == "MISSING"
    assert "desk2" in told["RUN-012"]["texts"]["en"]["sentence"]
    assert told["RUN-012"]["at"].startswith("sites/lab.yaml:")
    assert told["GATE-001"]["status"] == "not-evaluated", "what it should have shown was not seen"
