"""The hosts under test, with the facts that are collected once from all of them in parallel."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host
from inventory.model.sites import SiteKind
from inventory.model.zones import LocationId
from inventory.rendering.ruleset import ruleset
from tests.estate.connection import Connection

COLLECT = Path(__file__).parent / "collect.py"
PARALLEL = 6
SSH_FAILED = 255
DOCUMENTATION_ADDRESSES = ("192.0.2.1", "2001:db8:ffff::1")
"""Addresses for documentation, outside all blocks of the blueprint; they represent the Internet."""


@dataclass(frozen=True)
class Facts:
    """The document that `collect.py` printed on a host, and the times before and after."""

    document: dict[str, Any]
    started: float
    finished: float


@dataclass
class CheckedHost:
    """One host: its declaration, its facts, and a connection for further commands."""

    blueprint: Blueprint
    declared: Host
    ssh_config: Path
    collected: Future[Facts] = field(default_factory=Future)
    refusal: Future[str] = field(default_factory=Future)

    @property
    def id(self) -> str:
        return self.declared.id

    @property
    def facts(self) -> dict[str, Any]:
        """The collected facts. Raises, and so fails the test, if they could not be collected."""
        return self.collected.result().document

    @cached_property
    def connection(self) -> Connection:
        return Connection(self.id, self.ssh_config)

    def collect(self) -> Facts:
        """Collects all facts with one program over one connection."""
        request = {
            "ruleset": ruleset(self.blueprint, self.declared, date.today()),
            "routes_to": [
                *DOCUMENTATION_ADDRESSES,
                *(str(a) for s in self.blueprint.segments for a in (s.ipv4[9], s.ipv6[9])),
            ],
        }
        started = time.time()
        result = self.connection.run("python3 -c %s %s", COLLECT.read_text(), json.dumps(request))
        assert result.status == 0, f"{self.id}: {result.stderr}"
        return Facts(json.loads(result.stdout), started, time.time())

    def without_key(self) -> str:
        """Error text of ssh when it offers passwords and no key, over a new connection."""
        options = {
            "ControlMaster": "no",
            "ControlPath": "none",
            "BatchMode": "yes",
            "PubkeyAuthentication": "no",
            "PasswordAuthentication": "yes",
            "KbdInteractiveAuthentication": "yes",
            "PreferredAuthentications": "none,password,keyboard-interactive",
        }
        flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: the relay may outlive ssh
            done = subprocess.run(
                ["ssh", *flags, "-F", str(self.ssh_config), self.id, "true"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=30,
                check=False,
            )
            output.seek(0)
            assert done.returncode == SSH_FAILED, f"{self.id} accepted a login without a key: {output.read()}"
            return output.read()


def locations() -> list[LocationId]:
    """The location in LANTU_LOCATION, else both."""
    location = os.environ.get("LANTU_LOCATION")
    return [LocationId(location)] if location else list(LocationId)


def blueprint() -> Blueprint:
    """The deployed subset of the blueprint."""
    directory = os.environ.get("LANTU_BLUEPRINT")
    loaded = inventory.load(Path(directory) if directory else None, os.environ.get("LANTU_SITE", "lab"))
    if loaded.blueprint is None:
        raise AssertionError("\n".join(problem.line("en") for problem in loaded.problems))
    return loaded.blueprint.deployed_subset


def state(location: LocationId) -> Path:
    """State directory of a location's operators: SSH configuration, certificate authority."""
    root = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"))
    return root / os.environ.get("LANTU_LAB", "lab") / location.value


def all_hosts(built: Blueprint) -> list[CheckedHost]:
    return [
        CheckedHost(built, host, state(location) / "ssh" / "config")
        for location in locations()
        for host in built.hosts_at(location)
    ]


def collect_all(hosts: Iterable[CheckedHost]) -> None:
    """Collects from all hosts in parallel; results and errors are in the futures of each host."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        for host in hosts:
            pool.submit(_settle, host.collected, host.collect)
            pool.submit(_settle, host.refusal, host.without_key)


def _settle(future: Future[Any], function: Callable[[], Any]) -> None:
    try:
        future.set_result(function())
    except BaseException as error:  # raised again in each test that reads the result
        future.set_exception(error)


def outside(built: Blueprint, vantage: str) -> list[str]:
    """Prefix of a command that runs it at a vantage point of the lab; empty in production."""
    if built.site.kind is not SiteKind.LAB:
        return []
    from lab.paths import Lab

    namespace = Lab(os.environ.get("LANTU_LAB", "lab")).vantage_namespace(vantage)
    return ["nsenter", f"--net=/run/netns/{namespace}"]
