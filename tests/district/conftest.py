"""A whole district of the tests' own, beside any other lab on the machine, and gone at the end."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

ROOT = Path(__file__).resolve().parents[2]
LANTU = ROOT / ".venv" / "bin" / "lantu"
LAB = os.environ.get("LANTU_TEST_LAB", "district")


@dataclass(frozen=True)
class CommandResult:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def lantu(*words: str, env: Mapping[str, str] | None = None, seconds: float = 900) -> CommandResult:
    """One verb on the tests' lab."""
    done = subprocess.run(
        [LANTU, *words, "--lab", LAB],
        env={**os.environ, "LANTU_LANG": "en", **(env or {})},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session", autouse=True)
def own_lab() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.fail("the district is built in network namespaces: run these tests as root")
    yield
    if os.environ.get("LANTU_TEST_KEEP"):  # somebody tries a single file on a lab of theirs
        return
    gone = lantu("down")
    assert gone.status == 0, gone.err


def engine(location: str) -> docker.DockerClient:
    run = Path(os.environ.get("LANTU_RUN", "/run/lantu"))
    return docker.DockerClient(base_url=f"unix://{run / LAB / location / 'docker.sock'}")


def containers() -> dict[str, str]:
    """Id of every host of both places, by name."""
    found = {}
    for location in ("extranet", "intranet"):
        client = engine(location)
        found |= {str(item.name): str(item.id) for item in client.containers.list(all=True)}
        client.close()
    return found


def networks() -> dict[str, str]:
    found = {}
    for location in ("extranet", "intranet"):
        client = engine(location)
        own = [item for item in client.networks.list() if item.name not in ("none", "host", "bridge")]
        found |= {str(item.name): str(item.id) for item in own}
        client.close()
    return found


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written anew, see tests/conftest.py."""
    return bool(request.config.getoption("--renew"))
