"""Which Python scripts/setup takes, and when the environment is made anew. Interpreters are stand-ins; bash is real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = (
    "bash",
    "cat",
    "cp",
    "cut",
    "dirname",
    "env",
    "id",
    "mkdir",
    "mktemp",
    "rm",
    "sha256sum",
    "stat",
    "tail",
    "tee",
)

# A Python of one version. It can check its own version, make an environment (with itself in it), and take packages.
PYTHON = """#!/bin/bash
echo "{version} $*" >> {log}
case "$1" in
-V) echo "Python {version}.0" ;;
-c) [ "${{2#*version_info}}" = "$2" ] || exec {real} -c "import sys; sys.version_info = ({numbers}, 0); ${{2#*; }}" ;;
-m) case "$2" in venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;; esac ;;
esac
"""


class Checkout:
    """A checkout with scripts/setup in it, and a PATH with the basic tools and the interpreters that it is given."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools, self.log = folder / "checkout", folder / "tools", folder / "log"
        (self.root / "scripts").mkdir(parents=True)
        self.tools.mkdir()
        shutil.copy(ROOT / "scripts" / "setup", self.root / "scripts" / "setup")
        for name in ("requirements.lock", "pyproject.toml"):
            (self.root / name).write_text("")
        for tool in TOOLS:
            (self.tools / tool).symlink_to(str(shutil.which(tool)))

    def has(self, name: str, version: str) -> None:
        real, numbers = sys.executable, version.replace(".", ", ")
        (self.tools / name).write_text(PYTHON.format(version=version, numbers=numbers, real=real, log=self.log))
        (self.tools / name).chmod(0o755)

    def setup(self) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.tools), "HOME": os.devnull}
        return subprocess.run(
            ["bash", "scripts/setup"], cwd=self.root, env=environment, capture_output=True, text=True, timeout=60
        )

    def asked(self) -> list[str]:
        asked = self.log.read_text().splitlines()
        self.log.unlink()
        return [line for line in asked if " -m " in line]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"python3": "3.11"}, "3.11"),
        ({"python3": "3.12"}, "3.12"),
        ({"python3": "3.13"}, "3.13"),
        ({"python3": "3.9", "python3.11": "3.11"}, "3.11"),
        ({"python3": "3.14", "python3.12": "3.12", "python3.13": "3.13"}, "3.13"),
    ],
)
def test_the_systems_own_python_is_taken_if_it_fits_else_the_newest_that_does(
    checkout: Checkout, there: dict[str, str], taken: str
) -> None:
    for name, version in there.items():
        checkout.has(name, version)
    done = checkout.setup()
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in checkout.asked()} == {taken}


def test_packages_are_held_against_the_locks_hashes_and_our_own_needs_no_index(checkout: Checkout) -> None:
    checkout.has("python3", "3.13")
    assert checkout.setup().returncode == 0
    [made, locked, own] = checkout.asked()
    assert made.endswith("-m venv .venv")
    assert "pip install" in locked and locked.endswith("--require-hashes -r requirements.lock")
    assert "--no-index" in own and own.endswith("-e .")


def test_nothing_is_done_twice_and_a_changed_lock_keeps_the_environment(checkout: Checkout) -> None:
    checkout.has("python3", "3.13")
    checkout.setup()
    checkout.asked()
    checkout.setup()
    assert not checkout.asked()
    (checkout.root / "requirements.lock").write_text("changed")
    checkout.setup()
    assert ["venv" in line for line in checkout.asked()] == [False, False]


def test_another_python_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.has("python3", "3.11")
    checkout.setup()
    checkout.asked()
    checkout.has("python3", "3.13")
    checkout.setup()
    assert [line.partition(" -m ")[2].split()[0] for line in checkout.asked()] == ["venv", "pip", "pip"]


def test_a_machine_with_no_fitting_python_and_no_way_to_one_is_told_what_is_needed(checkout: Checkout) -> None:
    checkout.has("python3", "3.14")
    done = checkout.setup()
    assert done.returncode == 4 and "no Python 3.11 to 3.13" in done.stderr and "try: " in done.stderr
    assert not (checkout.root / ".venv").exists()
