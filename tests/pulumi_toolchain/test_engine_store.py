"""Killed builders, two builders at once, and what they leave in the cache. Real processes; go is a stand-in."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_benches import FakeMachine
from pulumi_toolchain import parts, progress, store

GATE = 'echo "$$" > "$here/at-{part}"; while [ ! -e "$here/open-{part}" ]; do sleep 0.05; done'
# Each build stands at its gate until the test opens it: `at-…` says that it has come, `open-…` lets it pass.
GATES = f'case "$flags" in *version.Version*) {GATE.format(part="pulumi")} ;; *) {GATE.format(part="docker")} ;; esac'


class Builders:
    """`python -m pulumi_toolchain` in processes of their own, on the stand-in machine."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine, self.folder, self.all = machine, machine.cache / "engine", []

    def start(self) -> subprocess.Popen[str]:
        program = (
            "import sys; from pathlib import Path; from pulumi_toolchain import compiling, golang; "
            "golang.USUAL_PLACE = Path('/nowhere'); compiling.PATIENCE = 0.1; sys.argv[0] = 'pulumi_toolchain'; "
            "import runpy; runpy.run_module('pulumi_toolchain', run_name='__main__')"
        )
        self.all.append(
            subprocess.Popen(
                [sys.executable, "-c", program, "--cache", self.machine.cache],
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(parts.HERE.parent)},
            )
        )
        return self.all[-1]

    def comes_to(self, part: str) -> int:
        """Wait for the build of a part to begin; gives the process number of its go."""
        at = self.machine.tools / f"at-{part}"
        deadline = time.monotonic() + 20
        while not (at.exists() and at.read_text().strip()):
            assert time.monotonic() < deadline, [each.communicate()[0] for each in self.all if each.poll() is not None]
            time.sleep(0.02)
        number = int(at.read_text())
        at.unlink()
        return number

    def open(self, part: str) -> None:
        (self.machine.tools / f"open-{part}").touch()

    def builds(self) -> int:
        return sum(" -o " in line for line in self.machine.asked())

    def kept(self) -> list[str]:
        return sorted(path.name.partition("-")[0] for path in self.folder.iterdir() if path.name != "logs")


@pytest.fixture
def builders(machine: FakeMachine) -> Iterator[Builders]:
    machine.has_go(build=GATES)
    bench = Builders(machine)
    yield bench
    bench.open("pulumi")
    bench.open("docker")  # so that no stand-in waits for ever
    for process in bench.all:
        process.kill()
        process.wait()


def finished(process: subprocess.Popen[str]) -> str:
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
    return printed


def test_a_killed_build_leaves_nothing_that_looks_finished_and_the_next_one_repairs(builders: Builders) -> None:
    first = builders.start()
    builders.comes_to("pulumi")
    first.kill()
    first.wait()
    assert builders.kept() == ["lock", "staging"]

    builders.open("pulumi")
    finished(builders.start())
    assert builders.kept() == ["docker", "lock", "pulumi"]
    assert builders.builds() == 2


def test_only_the_missing_part_is_built(builders: Builders) -> None:
    builders.open("pulumi")
    finished(builders.start())
    [docker] = builders.folder.glob("docker-*")
    shutil.rmtree(docker)
    builders.open("docker")
    assert "building docker 5.2.0; log" in finished(builders.start())
    assert docker.exists() and builders.builds() == 2


def test_of_two_builders_one_builds_and_the_other_waits_and_says_for_whom(builders: Builders) -> None:
    first = builders.start()
    builders.comes_to("pulumi")
    second = builders.start()
    heard = ""
    while "another build is running" not in heard:
        heard += second.stdout.readline()
    assert f"(process {first.pid})" in heard
    builders.open("pulumi")
    builders.open("docker")
    finished(first)
    assert "building pulumi" not in finished(second)
    assert builders.builds() == 1


def test_ctrl_c_ends_the_compiler_and_leaves_no_half_build(builders: Builders) -> None:
    process = builders.start()
    go = builders.comes_to("pulumi")
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 1 and "Traceback" not in printed and "the next run resumes here" in printed
    assert not Path(f"/proc/{go}").exists()
    assert builders.kept() == ["lock"]


def test_a_long_build_says_how_far_it_is(builders: Builders) -> None:
    process = builders.start()
    builders.comes_to("pulumi")
    heard = ""
    while "compiling" not in heard:
        heard += process.stdout.readline()
    assert re.search(r"pulumi 3.259.0, docker 5.2.0: compiling, 0 of at most 2 packages; \d+ s so far", heard)


def test_the_time_that_is_left_follows_from_the_weight_of_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTU_LANG", "en")
    monkeypatch.setattr(progress, "LINKING", 0)
    for name, size in (("small", 99), ("large", 299)):
        (tmp_path / f"{name}.go").write_text("x" * size)
    log = tmp_path / "log"
    log.write_text("go: downloading a v1\ngo: downloading b v1\n")
    seen = progress.BuildProgress("it", log)
    assert "fetching modules, 2 so far" in seen.line()
    seen.compiling(f"example.org/small\t{tmp_path}\tsmall.go\nexample.org/large\t{tmp_path}\tlarge.go\n", programs=1)
    seen.since -= 30
    seen.started -= 45
    assert seen.line().endswith("compiling, 0 of at most 2 packages; 45 s so far")
    with log.open("a") as file:
        file.write("example.org/small\n")
    assert seen.line().endswith("compiling, 1 of at most 2 packages, about 1 min 30 s left; 45 s so far")


def test_a_changed_upstream_ends_the_build_and_names_what_is_gone(machine: FakeMachine) -> None:
    machine.has_go()
    for file in (machine.tools / "upstream").rglob("docker_cli.go"):
        file.unlink()
    error = machine.refuses()
    assert error.code == "ENG004" and "internal/provider/docker_cli.go" in error.found


def test_a_small_disk_is_told_before_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    store.mind_space(tmp_path, said.append)
    assert said == []
    monkeypatch.setattr(store, "SPACE", 1e18)
    store.mind_space(tmp_path, said.append)
    assert len(said) == 1 and str(tmp_path) in said[0]
