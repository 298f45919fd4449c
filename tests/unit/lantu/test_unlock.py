"""Which locks of Pulumi `lantu up` removes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lantu import repair
from lantu.console import Lang
from lantu.steps import Steps

SLEEPS = "import time; time.sleep(60)"


@pytest.fixture
def pulumi() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose command line names pulumi."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPS, "pulumi", "up"])
    yield process
    process.kill()
    process.wait()


def unlocked(folder: Path, owner: int | None) -> bool:
    lock = folder / "state/.pulumi/locks/organization/lantu/lab-extranet/one.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("" if owner is None else json.dumps({"pid": owner}))
    stack: Any = SimpleNamespace(home=folder)
    repair.unlock(stack, Steps.silent(Lang.EN))
    return not lock.exists()


def test_a_running_pulumi_keeps_its_lock(tmp_path: Path, pulumi: subprocess.Popen[bytes]) -> None:
    assert not unlocked(tmp_path, pulumi.pid)


def test_a_killed_one_loses_it_although_nobody_has_waited_for_it(
    tmp_path: Path, pulumi: subprocess.Popen[bytes]
) -> None:
    pulumi.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pulumi.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert unlocked(tmp_path, pulumi.pid)


def test_a_later_process_with_the_same_id_does_not_keep_it(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", SLEEPS])
    try:
        assert unlocked(tmp_path, other.pid)
    finally:
        other.kill()
        other.wait()


def test_an_empty_lock_is_removed(tmp_path: Path) -> None:
    assert unlocked(tmp_path, None)
