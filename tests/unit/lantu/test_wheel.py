"""The wheel has every package and data file, and works without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "inventory": "inventory",
    "infra": "infra",
    "policies": "policies",
    "scripts/lantu": "lantu",
    "scripts/lab": "lab",
    "scripts/pulumi_toolchain": "pulumi_toolchain",
}
"""Folder of the checkout -> package of the wheel."""
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
NEITHER_BUILT_NOR_LOCAL = shutil.ignore_patterns("__pycache__", ".venv", "*.egg-info")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, because setuptools leaves its build folder in the sources."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, copy / folder, symlinks=True, ignore=NEITHER_BUILT_NOR_LOCAL)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", copy, copy], check=True)
    return next(copy.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", target, wheel], check=True)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command in an empty folder, with the dependencies of this environment."""
    command = [sys.executable, "-m", "lantu.main", *arguments]
    env = {**os.environ, "PYTHONPATH": str(installed), "LANTU_STATE": str(folder / "state")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(package / file.relative_to(ROOT / folder))
        for folder, package in ((folder, Path(package)) for folder, package in SOURCES.items())
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and not {"__pycache__", ".venv"} & set(file.parts[len(ROOT.parts) :])
    }
    assert expected - names == set()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(SOURCES.values())


def test_check_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    ran = run(installed, tmp_path, "check", "--lang", "en")
    assert ran.returncode == 0, ran.stderr
    assert "Pengjiang District, site lab" in ran.stdout and "passed" in ran.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import lantu, policies; print(lantu.__file__, policies.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.count(str(installed)) == 2


@pytest.mark.parametrize("subcommand", ["up", "verify", "plan", "env", "picture"])
def test_what_needs_the_checkout_names_it_with_status_4(installed: Path, tmp_path: Path, subcommand: str) -> None:
    ran = run(installed, tmp_path, subcommand, "--lang", "en")
    assert ran.returncode == 4
    assert f"CLI001 lantu {subcommand} needs a checkout" in ran.stderr and "scripts/setup" in ran.stderr
    assert "Traceback" not in ran.stderr
