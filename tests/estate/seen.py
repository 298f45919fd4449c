"""The hosts of the proof: which there are, and what each said, asked once and all at the same time."""

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

import testinfra
from testinfra.host import Host as Connection

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host
from inventory.model.sites import SiteKind
from inventory.model.zones import LocationId
from inventory.rendering.ruleset import ruleset

COLLECT = Path(__file__).parent / "collect.py"
AT_ONCE = 6
SSH_FAILED = 255
NOWHERE = ("192.0.2.1", "2001:db8:ffff::1")
"""Addresses set aside for documentation that no block of the example has: the Internet at large."""


@dataclass(frozen=True)
class Said:
    """One host's own words, and when the question was out."""

    words: dict[str, Any]
    asked: float
    answered: float


@dataclass
class Seen:
    """One host: as declared, as it speaks, and a testinfra connection for what is asked beyond that."""

    blueprint: Blueprint
    declared: Host
    ssh_config: Path
    said: Future[Said] = field(default_factory=Future)
    refusal: Future[str] = field(default_factory=Future)

    @property
    def id(self) -> str:
        return self.declared.id

    @property
    def words(self) -> dict[str, Any]:
        """Raises, and so fails the test, where the host could not be asked."""
        return self.said.result().words

    @cached_property
    def connection(self) -> Connection:
        return testinfra.get_host(f"ssh://{self.id}", ssh_config=str(self.ssh_config))

    def ask(self) -> Said:
        """One connection, one program: everything that tests look at."""
        asked = {
            "ruleset": ruleset(self.blueprint, self.declared, date.today()),
            "routes_to": [*NOWHERE, *(str(a) for s in self.blueprint.segments for a in (s.ipv4[9], s.ipv6[9]))],
        }
        before = time.time()
        done = self.connection.run("python3 -c %s %s", COLLECT.read_text(), json.dumps(asked))
        assert done.rc == 0, f"{self.id}: {done.stderr}"
        return Said(json.loads(done.stdout), before, time.time())

    def without_key(self) -> str:
        """What sshd says to somebody who offers passwords and no key, over a connection of its own."""
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
        with tempfile.TemporaryFile("w+") as said:  # not a pipe: the relay into the place may outlive a refusal
            done = subprocess.run(
                ["ssh", *flags, "-F", str(self.ssh_config), self.id, "true"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=30,
                check=False,
            )
            said.seek(0)
            assert done.returncode == SSH_FAILED, f"{self.id} let somebody in without a key: {said.read()}"
            return said.read()


def locations() -> list[LocationId]:
    """The place that is asked for, else both."""
    named = os.environ.get("LANTU_LOCATION")
    return [LocationId(named)] if named else list(LocationId)


def blueprint() -> Blueprint:
    """The part of the blueprint that the site builds."""
    directory = os.environ.get("LANTU_BLUEPRINT")
    loaded = inventory.load(Path(directory) if directory else None, os.environ.get("LANTU_SITE", "lab"))
    if loaded.blueprint is None:
        raise AssertionError("\n".join(problem.line("en") for problem in loaded.problems))
    return loaded.blueprint.deployed_subset


def state(location: LocationId) -> Path:
    """What the operators of a place keep: SSH configuration, certificate authority."""
    root = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"))
    return root / os.environ.get("LANTU_LAB", "lab") / location.value


def everybody(built: Blueprint) -> list[Seen]:
    return [
        Seen(built, host, state(location) / "ssh" / "config")
        for location in locations()
        for host in built.hosts_at(location)
    ]


def ask_all(hosts: Iterable[Seen]) -> None:
    """Asks all hosts at the same time; an answer, or what went wrong, waits in each host's future."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for host in hosts:
            pool.submit(_settle, host.said, host.ask)
            pool.submit(_settle, host.refusal, host.without_key)


def _settle(future: Future[Any], question: Callable[[], Any]) -> None:
    try:
        future.set_result(question())
    except BaseException as wrong:  # it is raised again where a test asks for the answer
        future.set_exception(wrong)


def outside(built: Blueprint, vantage: str) -> list[str]:
    """The words before a command that let it run where a vantage point stands; in production that is right here."""
    if built.site.kind is not SiteKind.LAB:
        return []
    from lab.paths import Lab

    namespace = Lab(os.environ.get("LANTU_LAB", "lab")).vantage_namespace(vantage)
    return ["nsenter", f"--net=/run/netns/{namespace}"]
