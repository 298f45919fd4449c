"""A lab of the tests' own, beside whatever else stands here. Needs root; the image cache is the machine's."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container
from lab import confinement, down, engine, images
from lab.paths import Lab, LabLocation

from infra.hosts import PROFILES, START_V2, TMPFS, Confinement
from inventory.model.hosts import HostKind

CONFINED = Confinement.named(confinement.now())
"""What the product gives hosts on this machine: these tests give them the same."""


def options(kind: HostKind) -> dict[str, Any]:
    """What a host of that kind is created with, as infra has it; sysctls and volumes of its own come from the test."""
    profile = PROFILES[kind]
    groups = {"bind": "/sys/fs/cgroup", "mode": "rw" if profile.runs_engine else "ro"}
    return {
        "cap_add": CONFINED.capabilities(profile),
        "security_opt": CONFINED.security(profile),
        "cgroupns": CONFINED.namespace(profile),
        "command": list(START_V2) if CONFINED.version == 2 else None,
        "volumes": {"/sys/fs/cgroup": groups} if CONFINED.version == 1 else {},
        "detach": True,
        "tmpfs": dict(TMPFS),
        "restart_policy": {"Name": "unless-stopped"},
    }


@pytest.fixture(scope="session", autouse=True)
def _root() -> None:
    """Real engines or nothing: a folder of skipped tests would look like a proof."""
    if os.geteuid() != 0:
        pytest.fail("tests/lab starts real engines and needs root: run scripts/test with sudo")


@pytest.fixture(scope="session")
def roots() -> Iterator[tuple[Path, Path]]:
    """A state folder and a run folder for this test run (short: sockets lie in the latter)."""
    state = Path(tempfile.mkdtemp(prefix="lantu-tests-", dir="/var/tmp"))  # a disk, not a tmpfs
    run = Path(tempfile.mkdtemp(prefix="lt-", dir="/run"))
    yield state, run
    for folder in (state, run):
        assert not [path for path in folder.rglob("*") if path.is_mount()]
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_lab(roots: tuple[Path, Path]) -> Iterator[Callable[[str], Lab]]:
    """Makes labs that are taken down after the test, also where the test failed half-way."""
    made: list[Lab] = []

    def make(name: str) -> Lab:
        made.append(Lab(name, *roots))
        return made[-1]

    yield make
    for lab in made:
        down.remove(lab)


@dataclass
class Standing:
    """One engine with images, shared by the tests that only add hosts and networks of their own to it."""

    lab: Lab
    location: LabLocation
    images: dict[str, images.BuiltImage]
    client: docker.DockerClient = field(init=False)

    def __post_init__(self) -> None:
        self.reconnect()

    def reconnect(self) -> None:
        self.client = engine.client(self.location)

    def network(self, name: str, number: int, **options: str) -> str:
        """An internal network 10.199.NUMBER.0/24 and fd99:NUMBER::/64 with a bridge of the same name."""
        pools = [docker.types.IPAMPool(f"10.199.{number}.0/24"), docker.types.IPAMPool(f"fd99:{number}::/64")]
        self.client.networks.create(
            name,
            internal=True,
            enable_ipv6=True,
            ipam=docker.types.IPAMConfig(pool_configs=pools),
            options={"com.docker.network.bridge.name": name, **options},
        )
        return name

    def host(
        self,
        name: str,
        kind: str,
        interfaces: dict[str, tuple[str, str]],
        files: dict[str, str] | None = None,
        **more: Any,
    ) -> Container:
        """A started host with an SSH host key; `interfaces` are network -> (IPv4, IPv6), `files` path -> text."""
        api = self.client.api
        (first, addresses), *rest = interfaces.items()
        granted = options(HostKind.CLOUD_NODE if kind.startswith("cloud") else HostKind.INFRASTRUCTURE)
        granted["volumes"] |= more.pop("volumes", {})
        host = self.client.containers.create(
            self.images[kind].id,
            name=name,
            hostname=name,
            network=first,
            **granted | more,
            networking_config={first: api.create_endpoint_config(ipv4_address=addresses[0], ipv6_address=addresses[1])},
        )
        for network, (ipv4, ipv6) in rest:
            self.client.networks.get(network).connect(host, ipv4_address=ipv4, ipv6_address=ipv6)
        put(host, {"/etc/ssh/ssh_host_ed25519_key": host_key(), **(files or {})})
        host.start()
        return host


@pytest.fixture(scope="session")
def standing(roots: tuple[Path, Path]) -> Iterator[Standing]:
    lab = Lab("tlab", *roots)
    location = lab.location("extranet")
    built = images.ensure(say=lambda text: print(text.en))
    engine.start(location)
    images.load(location, [built[kind] for kind in built if kind != "app"])
    yield Standing(lab, location, built)
    down.remove(lab)
    assert down.leftovers(lab) == []


def put(host: Container, files: dict[str, str]) -> None:
    """Write files into a host before its start, owned by root; keys are closed to others."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size, info.mode = len(text.encode()), 0o600 if path.endswith("_key") else 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
    host.put_archive("/", buffer.getvalue())


def host_key() -> str:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        return key.read_text()


def settled(host: Container, seconds: float = 30) -> str:
    """What systemd says of the host once it has started: `running`, `degraded`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = host.exec_run(["systemctl", "is-system-running"]).output.decode().strip()
        if state in ("running", "degraded"):
            return str(state)
        time.sleep(0.1)
    pytest.fail(f"{host.name} has not settled: {state}")


def healthy(host: Container) -> None:
    """Everything that should run on the host runs; shows what does not."""
    state = settled(host)
    assert state == "running", answer(
        host, "sh", "-c", "systemctl --failed --no-legend; journalctl -b -p err --no-pager"
    )


def answer(host: Container, *argv: str) -> str:
    """Output of a command in a host that must succeed."""
    done = host.exec_run(list(argv))
    assert done.exit_code == 0, done.output.decode()
    return str(done.output.decode())


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.1)


@pytest.fixture
def machine_unchanged() -> Iterator[None]:
    """The machine's own firewall, links, routes, settings and Docker folders are the same before and after."""
    before = machine_itself()
    yield
    assert machine_itself() == before


def machine_itself() -> dict[str, str]:
    commands = {
        "rules": "nft list ruleset",
        "links": "ip -o link",
        "addresses": "ip -o addr",
        "routes": "ip route",
        "forwarding": "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding",
        "bridges": "sysctl -a -r ^net.bridge",
        "docker": "ls -A /etc/docker /var/lib/docker /usr/sbin/policy-rc.d",
    }
    return {
        name: subprocess.run(argv.split(), capture_output=True, text=True, check=False).stdout
        for name, argv in commands.items()
    }
