"""Nothing stays on this machine: not when the time is over, and not when the test is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.machines import image, machine, places, tools

OWNER = """
import sys, time
from pathlib import Path
from tests.machines import image, machine
kept, folder = image.ensure("debian12"), Path(sys.argv[1])
machine.launch(kept, folder, int(sys.argv[2]), machine.Size(1, 512, 5), "", owned=True)
print("started", flush=True)
time.sleep(300)
"""


@pytest.fixture
def folder() -> Path:
    if os.geteuid() != 0:
        pytest.fail("machines are built and started by root")
    tools.ensure(print)
    machine.sweep()
    made = places.running() / "test-ending"
    made.mkdir(mode=0o700, parents=True)
    return made


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (answer := true()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def emulators(folder: Path) -> list[int]:
    """Process ids of every QEMU and of its timeout(1) that has this folder in its command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"qemu-system" in words and str(folder).encode() in words:
            found.append(int(path.parent.name))
    return found


def test_a_killed_test_takes_its_machine_along_and_the_next_run_its_files(folder: Path) -> None:
    port = machine.prepare(image.ensure("debian12"), folder, caches=())
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), str(port)], cwd=places.ROOT, text=True, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "started\n"
        assert within(20, lambda: len(emulators(folder)) == 2)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert within(20, lambda: emulators(folder) == [])
    assert (folder / machine.STATE).exists()
    machine.sweep()
    assert not folder.exists()


def test_a_machine_ends_when_its_time_is_over(folder: Path) -> None:
    kept = image.ensure("debian12")
    port = machine.prepare(kept, folder, caches=())
    made = machine.launch(kept, folder, port, machine.Size(1, 512, 0.1), "", owned=False)
    try:
        assert made.alive()
        assert within(30, lambda: not made.alive() and emulators(folder) == [])
    finally:
        made.stop()
    assert not folder.exists()


def test_stopping_leaves_nothing(folder: Path) -> None:
    kept = image.ensure("debian12")
    port = machine.prepare(kept, folder, caches=())
    made = machine.launch(kept, folder, port, machine.Size(1, 512, 5), "", owned=True)
    assert within(20, lambda: len(emulators(folder)) == 2)
    made.stop()
    assert emulators(folder) == []
    assert not folder.exists()
