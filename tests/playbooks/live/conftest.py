"""Playbooks and hosts of the lab that these tests change."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.playbooks.conftest import ROOT

LAB = os.environ["LANTU_TEST_LAB"]
CONFIG = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu")) / LAB / "extranet" / "ssh" / "config"
ENGINE = Path(os.environ.get("LANTU_RUN", "/run/lantu")) / LAB / "extranet" / "docker.sock"


@dataclass(frozen=True)
class Recap:
    """How a playbook ended; `changed` counts by host."""

    status: int
    text: str
    changed: dict[str, int]


def play(book: str, *words: str) -> Recap:
    env = {**os.environ, "LANTU_LAB": LAB, "LANTU_LOCATION": "extranet", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), book, *words]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)
    recap = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", done.stdout, re.MULTILINE)
    return Recap(done.returncode, done.stdout + done.stderr, {host: int(count) for host, count in recap})


def on(host: str, command: str) -> str:
    """What a command says that has to succeed there."""
    done = subprocess.run(
        ["ssh", "-F", str(CONFIG), host, command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{host}: {command}: {done.stderr}"
    return done.stdout.strip()


def lets_in(host: str) -> bool:
    """Whether a connection that did not exist before is let in."""
    options = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ConnectTimeout=3", "-o", "BatchMode=yes"]
    done = subprocess.run(
        ["ssh", *options, "-F", str(CONFIG), host, "true"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    return done.returncode == 0


def until(what: str, holds: object, seconds: float) -> float:
    """Waits for it; how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if holds():  # type: ignore[operator]
            return time.monotonic() - began
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s: {what}")


def restart(host: str) -> None:
    """The host goes down and comes up again; its network namespace is a new one."""
    subprocess.run(["docker", "-H", f"unix://{ENGINE}", "restart", "-t", "10", host], check=True, capture_output=True)
    subprocess.run(["ssh", "-F", str(CONFIG), "-O", "exit", host], check=False, capture_output=True)
    until(f"{host} is up", lambda: lets_in(host), 60)
    until(f"{host} is settled", lambda: on(host, "systemctl is-system-running || true") == "running", 60)


@pytest.fixture(autouse=True, scope="session")
def whole() -> Iterator[None]:
    """The lab is right before and after."""
    assert play("playbooks/site.yml").status == 0
    yield
    assert play("playbooks/site.yml").status == 0
    assert set(play("playbooks/site.yml").changed.values()) == {0}
