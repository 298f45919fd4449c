"""`lantu audit` on a running lab: each leak is made for real, seen, taken away, and then seen no more.

    LANTU_TEST_LAB=NAME pytest tests/policies/live        # root; the lab may be spoiled if this is killed half way
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from lantu.context import ROOT

LAB = os.environ["LANTU_TEST_LAB"]
SOCKET = f"unix://{os.environ.get('LANTU_RUN', '/run/lantu')}/{LAB}/extranet/docker.sock"
SPACE = f"/run/netns/lantu-{LAB}-extranet"
LANTU = Path(sys.executable).with_name("lantu")


def audit() -> set[tuple[str, str, str]]:
    """Rule, subject and class of drift of every finding that blocks."""
    done = subprocess.run(
        [LANTU, "audit", "--lab", LAB, "--format", "json"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)["findings"]
    return {(one["rule"], one["subject"], one["drift"]) for one in found if one["level"] in ("deny", "major")}


@pytest.fixture(scope="module")
def before() -> set[tuple[str, str, str]]:
    """What the lab already has; only what comes on top of it is asked about."""
    return audit()


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    made = docker.DockerClient(base_url=SOCKET)
    yield made
    made.close()


def tells(before: set[tuple[str, str, str]], *expected: tuple[str, str, str]) -> None:
    """The audit tells all of these on top of what it told before."""
    new = audit() - before
    assert set(expected) <= new, new


def test_a_network_made_by_hand(before: set[tuple[str, str, str]], client: docker.DockerClient) -> None:
    pool = docker.types.IPAMPool(subnet="10.70.99.0/24")
    rogue = client.networks.create("rogue", internal=True, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    try:
        tells(before, ("NET-001", "extranet/rogue", "UNAPPROVED"))
    finally:
        rogue.remove()
    assert audit() == before


def test_an_attachment_after_the_deployment(before: set[tuple[str, str, str]], client: docker.DockerClient) -> None:
    """Pulumi's refresh does not see it."""
    segment = client.networks.get("shared")
    segment.connect("portal1")
    try:
        tells(before, ("ZONE-001", "extranet/portal1", ""), ("ZONE-003", "extranet/portal1", "MUTATED"))
    finally:
        segment.disconnect("portal1", force=True)
    assert audit() == before


def test_a_cable_plugged_in_by_hand(before: set[tuple[str, str, str]]) -> None:
    """No engine's list shows it: only the kernel does."""
    inside = ["nsenter", f"--net={SPACE}", "ip", "link"]
    subprocess.run([*inside, "add", "sneak0", "type", "veth", "peer", "name", "sneak1"], check=True)
    try:
        subprocess.run([*inside, "set", "sneak0", "master", "shared"], check=True)
        tells(before, ("RUN-002", "extranet", "UNAPPROVED"), ("RUN-003", "extranet", "UNAPPROVED"))
    finally:
        subprocess.run([*inside, "del", "sneak0"], check=True)
    assert audit() == before


def test_an_engine_that_forwards(before: set[tuple[str, str, str]]) -> None:
    key = ["nsenter", f"--net={SPACE}", "sysctl", "-qw"]
    subprocess.run([*key, "net.ipv4.ip_forward=1"], check=True)
    try:
        tells(before, ("RUN-005", "extranet", "MUTATED"), ("ENG-019", "extranet", ""))
    finally:
        subprocess.run([*key, "net.ipv4.ip_forward=0"], check=True)
    assert audit() == before


def test_what_pulumi_made_without_the_pack(before: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """A raw `pulumi up` past the gate, into the place's own state."""
    env = dict(os.environ) | _environment()
    program = tmp_path / "__main__.py"
    program.write_text(PROGRAM)
    options = {"toolchain": "pip", "virtualenv": os.path.relpath(sys.prefix, tmp_path)}
    project = {"name": "raw", "runtime": {"name": "python", "options": options}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(project))
    stack = f"{LAB}-extranet"

    def pulumi(*words: str) -> None:
        done = subprocess.run(
            ["pulumi", *words, "--stack", stack, "--non-interactive"],
            cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    subprocess.run(["pulumi", "stack", "init", stack], cwd=tmp_path, env=env, check=True, capture_output=True)
    try:
        pulumi("up", "--yes", "--skip-preview")
        tells(before, ("RUN-008", "extranet/rogue", "BYPASS"), ("NET-001", "extranet/rogue", "UNAPPROVED"))
    finally:
        pulumi("destroy", "--yes", "--skip-preview")
        remove = ["pulumi", "stack", "rm", "--yes", stack]
        subprocess.run(remove, cwd=tmp_path, env=env, check=True, capture_output=True)
    assert audit() == before


PROGRAM = f"""import pulumi_docker as docker, pulumi
engine = docker.Provider("engine", host={SOCKET!r})
docker.Network("rogue", name="rogue", internal=True, ipam_configs=[dict(subnet="10.70.98.0/24")],
               opts=pulumi.ResourceOptions(provider=engine))
"""


def _environment() -> dict[str, str]:
    """What `lantu env` would set for the extranet place of the lab."""
    done = subprocess.run(
        [LANTU, "env", "--lab", LAB, "--format", "json"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    variables: dict[str, str] = json.loads(done.stdout)
    return variables
