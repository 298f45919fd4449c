"""What the command does with wrong usage, and without the tools of a lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from lantu.main import SUBCOMMANDS, main

ROOT = Path(__file__).resolve().parents[3]


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lantu.main", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["chekc"], ["check", "--nope"], ["check", "--lang", "fr"], ["ssh"]])
def test_a_mistyped_subcommand_or_option_is_wrong_usage(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr and not done.stdout


def test_wrong_usage_too_is_one_document_where_json_is_asked_for() -> None:
    done = run("hosts", "--format", "json", "--nope")
    assert done.returncode == 2
    assert json.loads(done.stdout)["verdict"] == "usage"


def test_an_unknown_host_is_wrong_usage_and_names_those_there_are() -> None:
    done = run("ssh", "nobody")
    assert done.returncode == 2
    assert "gw1" in done.stderr


@pytest.mark.parametrize("subcommand", ["verify", "plan", "env"])
def test_a_lab_that_was_never_built_is_said(subcommand: str, tmp_path: Path) -> None:
    done = run(subcommand, "--lab", "nowhere", LANTU_STATE=str(tmp_path), LANTU_LANG="en")
    assert done.returncode == 4
    assert "lantu up" in done.stderr


@pytest.mark.parametrize("subcommand", ["verify", "plan"])
def test_what_ends_before_it_has_a_result_is_one_document_too(subcommand: str, tmp_path: Path) -> None:
    done = run(subcommand, "--format", "json", "--lab", "nowhere", LANTU_STATE=str(tmp_path), LANTU_LANG="en")
    assert done.returncode == 4
    assert json.loads(done.stdout) == {
        "schema": 1,
        "verdict": "not_evaluated",
        "error": "no lab nowhere: run lantu up first",
    }


def test_check_and_help_need_no_tool_of_the_machine(tmp_path: Path) -> None:
    """No Docker, Go, Pulumi, nft, not even a shell on PATH."""
    assert run("check", PATH=str(tmp_path)).returncode == 0
    done = run("--help", PATH=str(tmp_path))
    assert done.returncode == 0
    assert not [subcommand for subcommand in SUBCOMMANDS if subcommand not in done.stdout]


def ways() -> list[list[str]]:
    """Every verb; of a verb with parts, every part."""
    found = []
    for subcommand, entry in sorted(SUBCOMMANDS.items()):
        module, _, function = entry.target.partition(":")
        does = getattr(import_module(f"lantu.commands.{module}"), function)
        parts = does.registered_commands if isinstance(does, typer.Typer) else []
        names = [part.name or part.callback.__name__ for part in parts]
        found += [[subcommand, name] for name in names] or [[subcommand]]
    return found


@pytest.mark.parametrize("words", ways(), ids=" ".join)
def test_every_subcommand_explains_itself_with_an_example_and_its_exit_status(words: list[str]) -> None:
    done = run(*words, "--help", COLUMNS="120")
    assert done.returncode == 0
    assert "Exit status" in done.stdout and "xample" in done.stdout


def test_whoever_is_not_root_is_told_so_where_a_lab_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(_: object) -> None:
        raise PermissionError(13, "Permission denied", "/run/lantu/lab")

    monkeypatch.setattr("lantu.district_status.look", closed)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main(["status", "--lang", "en"]) == 4
    told = capsys.readouterr()
    assert "LAB001" in told.err and "sudo" in told.err and "/run/lantu/lab" in told.err
    assert "Traceback" not in told.err
