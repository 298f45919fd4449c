"""`lantu preflight` and the preflight of `lantu up`, on recorded machines: everything is printed at once, status 4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab import packages, preflight
from lab.errors import Say
from lantu import build
from lantu.console import Format, Lang, begin
from lantu.main import main
from lantu.steps import Steps

from tests.unit.lab.recorded import lay

SUBCOMMAND = "lantu.preflight_report"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes this machine look like a recorded one to everything that reads it; the kernel is not tried."""

    def become(name: str, **facts: Any) -> None:
        answers = lay(name, tmp_path)
        answers.facts |= facts
        there = preflight.read(tmp_path, answers)
        for location in ("lab.preflight", SUBCOMMAND):
            monkeypatch.setattr(f"{location}.read", lambda: there)
            monkeypatch.setattr(f"{location}.try_kernel", lambda: [])

    return become


def test_a_fit_machine_is_said_to_be_fit_with_what_it_has_and_what_is_needed(
    machine: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    machine("firecracker-cgroups-v1")
    assert main(["preflight", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "system: debian 12, x86_64, Linux 6.18" in shown and "cgroups: v1: " in shown
    assert "MB swap (needed: " in shown and "this machine is fit for the lab" in shown


def test_every_refusal_is_printed_at_once_in_the_language_asked_for(
    machine: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    machine("lxc", mb=10, user=1000)
    assert main(["preflight", "--lang", "zh"]) == 4
    shown = capsys.readouterr().out
    for code in ("LAB001", "LAB013", "LAB032", "LAB034"):
        assert code in shown
    assert "当前环境是容器（lxc）" in shown and "fit for" not in shown and "未试验内核" in shown


def test_the_document_holds_facts_needs_notes_and_every_refusal(
    machine: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    machine("docker-snap")
    assert main(["preflight", "--format", "json", "--lang", "en"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "not_evaluated" and document["kernel_tried"] is False
    assert [refusal["code"] for refusal in document["refused"]] == ["LAB022", "LAB050"]
    assert document["refused"][1]["found"] == "/snap/docker" and "snap" in document["refused"][1]["what"]["zh"]
    assert document["machine"]["security"]["switches"] == ["kernel.apparmor_restrict_unprivileged_userns=1"]
    assert document["machine"]["cgroups"]["controllers"] and document["machine"]["disks"]["state"]["room"]["mb"] > 0
    assert document["needed"]["memory_mb"] > 1000 and len(document["needed"]["parts"]) == 7
    assert "never tried" in document["notes"][0]["en"]


def test_virtual_machines_need_kvm_where_they_are_asked_for(machine: Any) -> None:
    machine("no-nested-virtualisation")
    assert main(["preflight"]) == 0
    assert main(["preflight", "--virtual-machines"]) == 4


def test_up_prints_every_refusal_and_installs_nothing(
    machine: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: Any, **__: Say) -> None:
        pytest.fail("packages were installed on a machine that is refused")

    machine("lxc", mb=10)
    monkeypatch.setattr(packages, "install", never)
    monkeypatch.setattr(packages, "repair", lambda: None)
    begin()
    with pytest.raises(BaseException) as left:
        build.preflight(Steps.silent(Lang.EN), Format.JSON)
    assert getattr(left.value, "exit_code", None) == 4
    shown = capsys.readouterr()
    for code in ("LAB013", "LAB032", "LAB034"):
        assert code in shown.err
    document = json.loads(shown.out)
    assert [refusal["code"] for refusal in document["refused"]] == ["LAB032", "LAB034", "LAB013"]


def test_up_looks_again_at_the_engine_that_apt_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = preflight.read(tmp_path / "before", lay("debian12", tmp_path / "before"))
    after = preflight.read(tmp_path / "after", lay("docker-29", tmp_path / "after"))
    seen = iter((before, after))
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(preflight, "read", lambda: next(seen))
    monkeypatch.setattr(packages, "repair", lambda: None)
    monkeypatch.setattr(packages, "install", lambda names, **_: asked.append(names))
    monkeypatch.setattr(preflight, "try_kernel", lambda: pytest.fail("tried with an engine that is refused"))
    begin()
    with pytest.raises(BaseException) as left:
        build.preflight(Steps.silent(Lang.EN))
    assert getattr(left.value, "exit_code", None) == 4 and "docker.io" in asked[0]
    assert "LAB054" in capsys.readouterr().err
