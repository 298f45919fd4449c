"""A run that is killed at any moment is repaired by the next one; taking down leaves nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from lab import processes

from tests.district.conftest import LAB, LANTU, ROOT, containers, engine, lantu, networks
from tests.readme import added

SEED = int(os.environ.get("LANTU_TEST_SEED", str(int(time.time()))))
KILLS = 3
LONGEST = 60


def test_three_kills_at_random_moments_are_repaired() -> None:
    """From nothing: each run goes on from what the killed one left, and the last is proven."""
    assert lantu("down").status == 0
    moments = random.Random(SEED).sample(range(3, LONGEST), KILLS)  # noqa: S311  # no secret
    print(f"killed after {moments} s (LANTU_TEST_SEED={SEED})")
    for seconds in moments:
        process = subprocess.Popen(
            [LANTU, "up", "--lab", LAB],
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = lantu("up", "--format", "json")
    assert done.status == 0, f"seed {SEED}, killed after {moments} s:\n{done.err}"
    assert done.json["verdict"] == "proven"


def test_what_the_readme_adds_appears_and_what_was_removed_by_hand_comes_back(tmp_path: Path) -> None:
    """Behind Pulumi's back: it does not know until it looks. The new host is behind a bastion that did not know it."""
    client = engine("extranet")
    host = client.containers.get("water-desk")
    host.remove(force=True)
    client.close()
    assert "water-desk" not in containers()
    done = lantu("up", "--format", "json", "--blueprint", str(added(tmp_path, "zones", "hosts", "flows")))
    assert done.status == 0, done.err
    assert {"water-desk", "archive1"} <= containers().keys() and "archive" in networks()


def test_what_the_blueprint_no_longer_names_is_gone() -> None:
    done = lantu("up", "--format", "json")
    assert done.status == 0, done.err
    assert "archive1" not in containers() and "archive" not in networks()


def test_down_leaves_nothing_of_the_lab() -> None:
    assert lantu("down").status == 0
    assert not Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"), LAB).exists()
    assert not Path(os.environ.get("LANTU_RUN", "/run/lantu"), LAB).exists()
    namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert f"lantu-{LAB}-" not in namespaces
    assert not list(Path("/sys/fs/cgroup").glob(f"*/lantu-{LAB}-*"))
    assert not list(ROOT.glob(f"Pulumi.{LAB}-*.yaml"))
    assert processes.of_pulumi(Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"), LAB)) == []
    assert lantu("down").status == 0, "and again"
