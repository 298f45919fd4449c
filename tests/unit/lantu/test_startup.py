"""What a command line imports, and the names that no longer exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lantu.main import SUBCOMMANDS

from tests.unit.lantu.running import run

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("ansible", "docker", "numpy", "paramiko", "pydantic", "pulumi", "rich", "yaml")
MINE = ("audit", "check", "down", "env", "hosts", "new", "open", "picture", "plan", "preflight", "snapshot", "ssh")
MODULES = """
import contextlib, io, sys
from lantu.main import main
with contextlib.redirect_stdout(io.StringIO()):
    assert main(sys.argv[1:]) == 0
print(*sorted(sys.modules))
"""


def imported(*arguments: str) -> set[str]:
    """The modules that a process has imported after it ran this command line."""
    command = [sys.executable, "-c", MODULES, *arguments]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def test_help_imports_no_subcommand_and_no_heavy_library() -> None:
    modules = imported("--help")
    assert not {module for module in modules if module.startswith("lantu.commands.")}
    assert not modules & {*HEAVY, "lab", "inventory.model"}


@pytest.mark.parametrize("subcommand", [*MINE, "status", "up", "verify"])
def test_the_help_of_a_subcommand_imports_that_one_and_no_heavy_library(subcommand: str) -> None:
    modules = imported(subcommand, "--help")
    assert {module for module in modules if module.startswith("lantu.commands.")} == {f"lantu.commands.{subcommand}"}
    assert not modules & {*HEAVY, "inventory.model"}


def test_check_imports_neither_docker_nor_pulumi_nor_numpy() -> None:
    assert not imported("check") & {"ansible", "docker", "numpy", "paramiko", "pulumi", "openpyxl"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_lists_every_subcommand_in_the_language_of_the_locale(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTU_LANG", lang)
    out = run("--help").out
    for name, subcommand in SUBCOMMANDS.items():
        assert f"  {name} " in out and subcommand.help.say("zh" if lang == "zh" else "en") in out


RENAMED = [
    (["check", "--estate", "somewhere"], "--blueprint"),
    (["check", "--estate=somewhere"], "--blueprint"),
    (["env", "--place", "intranet"], "--location"),
    (["estate"], "lantu snapshot"),
    (["estate", "dump"], "lantu snapshot dump"),
    (["estate", "judge", "view.json"], "lantu snapshot evaluate"),
]


@pytest.mark.parametrize(("arguments", "new"), RENAMED)
def test_an_old_name_is_wrong_usage_and_the_new_one_is_printed(arguments: list[str], new: str) -> None:
    for lang, expected in (("en", f"use {new}\n"), ("zh", f"已更名为 {new}\n")):
        ran = run(*arguments, "--lang", lang)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.endswith(expected) and ran.err.count("\n") == 1


@pytest.mark.parametrize(("old", "new"), [("LANTU_ESTATE", "LANTU_BLUEPRINT"), ("LANTU_PLACE", "LANTU_LOCATION")])
def test_an_old_variable_is_wrong_usage_and_the_new_one_is_printed(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(old, "somewhere")
    ran = run("check", "--lang", "en")
    assert (ran.status, ran.out, ran.err) == (2, "", f"{old} has been renamed: use {new}\n")


def test_arguments_of_a_command_on_a_host_are_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTU_STATE", str(tmp_path))
    ran = run("ssh", "gw1", "--lang", "en", "--", "ls", "--place")
    assert ran.status == 4 and "no lab" in ran.err


def test_the_process_itself_exits_with_the_status(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lantu.main", "estate", "dump"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, check=False
    )
    assert done.returncode == 2 and not done.stdout
