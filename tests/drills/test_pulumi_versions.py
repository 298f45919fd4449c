"""The policy pack and the language host under unmodified builds of Pulumi, which stand in for the official binary.

The official distribution is in no package registry. Its `pulumi` is the Go module pkg/v3/cmd/pulumi, so an unmodified
build of that module is put on PATH, with our language host beside it instead of the vendor's, and is used as an
installed Pulumi would be.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from pulumi_toolchain import choose, parts, store
from pulumi_toolchain.__main__ import default_cache

from tests.drills.kept import keep

ROOT = Path(__file__).parents[2]
NEWEST = Path(__file__).parent / "newest"  # go.mod and go.sum with the newest version that builds
CONTRACT = [
    *(f"tests/policies/test_{name}.py" for name in ("pack", "example", "benign")),
    "tests/pulumi_toolchain/test_language_host.py",
]  # what runs the pack, programs and the language host under the engine
LEFT_OUT = {"pulumi api", "pulumi neo", "pulumi view-trace", "pulumi convert-trace"}


def stand_in(version: str, folder: Path) -> Path:
    """The folder of an unmodified `pulumi`, built once and copied to where no build of ours is looked for."""
    source = parts.SOURCE
    if version == "newest":
        source = folder / "source"
        shutil.copytree(NEWEST, source)
        shutil.copytree(parts.SOURCE / "pulumi-language-python", source / "pulumi-language-python")
    cache = default_cache().expanduser().resolve() / "engine"
    with store.usable(cache):
        [built] = choose.built([parts.unmodified(source)], cache, f"stand-in for the official Pulumi, {version}", print)
    shutil.copytree(built, folder / "pulumi")
    return folder / "pulumi" / "bin"


@pytest.fixture(scope="module", params=["locked", "newest"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a machine that has such a Pulumi on PATH. Keeps how the drill with it ended."""
    began = time.monotonic()
    failed = request.session.testsfailed
    binaries = stand_in(request.param, tmp_path_factory.mktemp(request.param))
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    version = subprocess.run(["pulumi", "version"], env=environment, capture_output=True, text=True, check=True).stdout
    yield environment
    keep(
        f"contract of the pack under an unmodified Pulumi, {request.param}",
        request.session.testsfailed == failed,
        f"pulumi {version.strip()}, pulumi-policy {metadata.version('pulumi-policy')}",
        time.monotonic() - began,
    )


def test_it_is_taken_for_an_installed_one(installed: dict[str, str]) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "engine", "--format", "json"], env=installed, capture_output=True, text=True, check=True
    )
    engine = json.loads(answer.stdout)
    assert engine["official"] and Path(engine["pulumi"]) == Path(shutil.which("pulumi", path=installed["PATH"]))


def test_policies_and_programs_behave_as_under_our_own_build(installed: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CONTRACT],
        cwd=ROOT,
        env=installed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-20_000:]


def test_our_build_has_every_command_and_flag_but_those_that_were_left_out(
    installed: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["installed"] != "locked":
        return  # our build is of the locked version
    ours = choose.ensure(default_cache(), print).pulumi
    assert "official" not in str(ours)
    theirs = shutil.which("pulumi", path=installed["PATH"])
    assert theirs
    missing = commands(Path(theirs)) - commands(ours)
    assert {command for command, _ in missing if not any(command.startswith(item) for item in LEFT_OUT)} == set()
    assert {command for command, _ in commands(ours)} >= LEFT_OUT - {"pulumi neo"}


def commands(pulumi: Path) -> set[tuple[str, str]]:
    """(command, flag) and (command, "") of everything that this `pulumi` knows, by its own description of itself."""
    answer = subprocess.run(
        [pulumi, "generate-cli-spec"],
        env=os.environ | {"PULUMI_DEBUG_COMMANDS": "true"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(walk("pulumi", json.loads(answer)))


def walk(name: str, node: dict[str, object]) -> Iterator[tuple[str, str]]:
    yield name, ""
    for flag in node.get("flags") or {}:
        yield name, flag
    for child, below in (node.get("commands") or {}).items():
        yield from walk(f"{name} {child}", below)
