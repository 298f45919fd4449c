"""Districts with hosts of Debian 13, built and proven on this machine: all of them, and beside hosts of Debian 12.

One lab of its own (LANTU_TEST_LAB, `release13` if that is not set), gone at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drills.kept import keep

ROOT = Path(__file__).parents[2]
LANTU = ROOT / ".venv" / "bin" / "lantu"
LAB = os.environ.get("LANTU_TEST_LAB", "release13")
STATE = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu")) / LAB
VERSIONS = "systemctl --version; nft --version; dpkg-query -Wf '${Package} ${Version}\\n' openssh-server docker.io"
EVERY_KIND = {"base13", "cloud13", "portal13", "app"}


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """A copy of the worked example."""
    return Path(shutil.copytree(ROOT / "inventory" / "pengjiang", tmp_path / "district"))


@pytest.fixture(autouse=True)
def _down() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.fail("districts are built in network namespaces: run this drill as root")
    yield
    lantu("down")


def lantu(*words: str) -> str:
    """One subcommand on the drill's lab, which must succeed."""
    done = subprocess.run(
        [LANTU, *words, "--lab", LAB],
        env={**os.environ, "LANTU_LANG": "en"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def proven(district: Path) -> dict[str, str]:
    """Build and prove; the Debian release of every host, as the host itself says."""
    done: dict[str, Any] = json.loads(lantu("up", "--blueprint", str(district), "--format", "json"))
    assert done["verdict"] == "proven"
    hosts = [
        host["id"]
        for location in json.loads(lantu("status", "--blueprint", str(district), "--format", "json"))["locations"]
        for host in location["hosts"]
    ]
    return {host: inside(district, host, ". /etc/os-release; echo $VERSION_ID") for host in hosts}


def inside(district: Path, host: str, command: str) -> str:
    return lantu("ssh", host, "--blueprint", str(district), command).strip()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def all_of_13(district: Path) -> None:
    replace(district / "sites" / "lab.yaml", "kind: lab\n", 'kind: lab\nrelease: "13"\n')


def engines(district: Path) -> dict[str, str]:
    """Version of the engine of every node of the cluster, up to its second dot."""
    rows = inside(district, "cloud1", "docker node ls --format '{{.Hostname}} {{.Status}} {{.EngineVersion}}'")
    nodes = {name: (status, version) for name, status, version in map(str.split, rows.splitlines())}
    assert {status for status, _ in nodes.values()} == {"Ready"}
    return {name: version.rpartition(".")[0] for name, (_, version) in nodes.items()}


def kept(name: str, drill: Callable[[], str]) -> None:
    """Run the drill, which returns versions, and keep how it ended."""
    began, versions, passed = time.monotonic(), "", False
    try:
        versions, passed = drill(), True
    finally:
        keep(name, passed, versions, time.monotonic() - began)


def test_every_host_of_debian_13(district: Path) -> None:
    def drill() -> str:
        all_of_13(district)
        assert set(proven(district).values()) == {"13"}
        assert json.loads((STATE / "images.json").read_text()).keys() == EVERY_KIND, "only these were needed"
        assert engines(district) == {"cloud1": "26.1", "cloud2": "26.1"}
        return versions(district)

    kept("district whose hosts all run Debian 13", drill)


def test_one_cluster_of_debian_12_and_13_then_all_of_13_in_place(district: Path) -> None:
    def drill() -> str:
        replace(district / "hosts.yaml", "id: cloud2\n", 'id: cloud2\n    release: "13"\n')
        releases = proven(district)
        assert releases.pop("cloud2") == "13" and set(releases.values()) == {"12"}
        assert engines(district) == {"cloud1": "20.10", "cloud2": "26.1"}
        cluster = inside(district, "cloud1", "docker info --format '{{.Swarm.Cluster.ID}}'")
        all_of_13(district)
        assert set(proven(district).values()) == {"13"}
        assert engines(district) == {"cloud1": "26.1", "cloud2": "26.1"}
        assert inside(district, "cloud1", "docker info --format '{{.Swarm.Cluster.ID}}'") == cluster, "the same cluster"
        return versions(district)

    kept("cluster of Debian 12 and 13, then all hosts changed to 13", drill)


def versions(district: Path) -> str:
    """`systemd 257, nftables v1.1.3, ...` of a host of Debian 13."""
    rows = [line.split() for line in inside(district, "cloud2", VERSIONS).splitlines()]
    found = {row[0]: row[1].split("+")[0] for row in rows if row and row[0] in ("systemd", "nftables")}
    found |= {row[0]: row[1].split("+")[0].removeprefix("1:") for row in rows[-2:]}
    return ", ".join(f"{name} {version}" for name, version in found.items())
