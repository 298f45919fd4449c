"""hoststate.ruleset against a real kernel, in network and user namespaces, so without root."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hoststate import changes
from hoststate import ruleset as rules_of
from hoststate.changes import Run, StateError
from hoststate.guard import Guard
from hoststate.ruleset import ruleset

from inventory.model.blueprint import Blueprint
from inventory.rendering.ruleset import ruleset as rendered

WANTED = {"file": "rules", "table": "inet lantu"}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Runs tools, and those of the utilities, in an empty namespace that ends with the test."""
    holder = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", "echo ready; exec sleep 120"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    inside = ["nsenter", f"--target={holder.pid}", "--user", "--net", "--preserve-credentials"]
    monkeypatch.setattr(rules_of, "must", lambda argv, *rest, **more: changes.must([*inside, *argv], *rest, **more))
    monkeypatch.setattr(rules_of, "command", lambda argv, *rest: changes.command([*inside, *argv], *rest))

    def run(*argv: str, stdin: str | None = None) -> str:
        done = subprocess.run([*inside, *argv], input=stdin, capture_output=True, text=True, check=True)
        return done.stdout

    yield run
    holder.kill()
    holder.wait()


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guard:
    monkeypatch.setattr("hoststate.guard.must", lambda *_rest: "")
    return Guard(Run(False), tmp_path / "guard")


@pytest.fixture
def text(built: Blueprint) -> str:
    part = built.deployed_subset
    return rendered(part, part.host["gw1"], date(2026, 11, 22))


def converge(text: str, guard: Guard, check: bool = False) -> Run:
    run = Run(check, planned={"rules": text.encode()})
    ruleset(run, WANTED, guard)
    return run


def test_an_empty_kernel_gets_the_rules_and_a_second_pass_changes_nothing(
    kernel: Callable[..., str], guard: Guard, text: str
) -> None:
    assert [change.what for change in converge(text, guard).changes] == ["ruleset inet lantu"]
    assert "bastion-hosts" in kernel("nft", "list", "table", "inet", "lantu")
    assert converge(text, guard).changes == []


@pytest.mark.parametrize(
    "tampering",
    [
        "add rule inet lantu input tcp dport 23 accept",
        "insert rule inet lantu forward accept",
        "add chain inet lantu forward { policy accept; }",
        "flush chain inet lantu output",
        "add set inet lantu extra { type ipv4_addr; }",
    ],
)
def test_manual_changes_are_repaired(kernel: Callable[..., str], guard: Guard, text: str, tampering: str) -> None:
    converge(text, guard)
    kernel("nft", tampering)
    assert len(converge(text, guard).changes) == 1
    assert converge(text, guard).changes == []


def test_counters_are_no_difference(kernel: Callable[..., str], guard: Guard, text: str) -> None:
    converge(text, guard)
    kernel("ip", "link", "set", "lo", "up")
    kernel(
        "sh",
        "-c",
        "nft 'insert rule inet lantu input counter accept'; nft delete rule inet lantu input handle $("
        "nft -a list chain inet lantu input | sed -n 's/.*counter packets.*accept # handle //p')",
    )
    assert converge(text, guard).changes == []


def test_other_tables_are_never_touched(kernel: Callable[..., str], guard: Guard, text: str) -> None:
    kernel("nft", "add table ip nat; add chain ip nat theirs")
    converge(text, guard)
    converge(text.replace("dport 443", "dport 444"), guard)
    assert "chain theirs" in kernel("nft", "list", "table", "ip", "nat")


def test_the_undo_has_the_rules_that_were_loaded(kernel: Callable[..., str], guard: Guard, text: str) -> None:
    converge(text, guard)
    other = text.replace("dport 22", "dport 2222")
    converge(other, Guard(guard.run, guard.home.with_name("second")))
    undo = (guard.home.with_name("second") / "rules.nft").read_text()
    kernel("nft", "-f", "-", stdin=undo)
    assert converge(text, guard).changes == []


def test_check_mode_loads_nothing(kernel: Callable[..., str], guard: Guard, text: str) -> None:
    run = converge(text, guard, check=True)
    assert [change.what for change in run.changes] == ["ruleset inet lantu"]
    assert kernel("nft", "list", "tables") == ""


def test_rules_that_do_not_load_are_refused_and_nothing_is_armed(
    kernel: Callable[..., str], guard: Guard, text: str
) -> None:
    with pytest.raises(StateError, match="correct the blueprint's flows"):
        converge(text.replace("policy drop", "policy dorp"), guard)
    assert guard.token == ""
    assert kernel("nft", "list", "tables") == ""


def test_where_the_trial_needs_a_file_that_is_not_there(guard: Guard) -> None:
    with pytest.raises(StateError, match="let a role write it first"):
        ruleset(Run(False), {"file": "/nowhere/rules", "table": "inet lantu"}, guard)


def test_without_a_ruleset_no_tool_runs(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*rest: Any) -> Sequence[str]:
        raise AssertionError(rest)

    monkeypatch.setattr(rules_of, "must", never)
    run = Run(False)
    ruleset(run, None, guard)
    assert run.changes == []
