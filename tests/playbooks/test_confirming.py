"""Confirmation of a guarded change by the controller, over a new connection."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A fake ssh that records every call and fails for the named hosts."""
    (tmp_path / "ssh").write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/called\n'
        'for host in $REFUSED; do case " $* " in *" $host "*) echo "no route to $host" >&2; exit 255;; esac; done\n'
    )
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("REFUSED", "")

    def called() -> list[str]:
        return (tmp_path / "called").read_text().splitlines()

    return called


@pytest.fixture
def confirm(plugin: Callable[[str], ModuleType]) -> Callable[..., None]:
    module = plugin("action/lantu_state")

    def on(host: str, leads_onward: bool = False, transport: str = "ssh") -> None:
        action = object.__new__(module.ActionModule)
        action._connection = SimpleNamespace(transport=transport)
        action._templar = SimpleNamespace(template=lambda text: text)
        values: dict[str, Any] = {
            "inventory_hostname": host,
            "ansible_ssh_common_args": "-F '/state/my lab/config'",
            "lantu_leads_onward": leads_onward,
            "groups": {"all": ["bastion1", "gw1", "cloud1", "cloud2", "desk"]},
        }
        action._confirm("0123abcd", values)

    return on


def test_the_connection_is_new_and_uses_the_locations_configuration(ssh: Any, confirm: Any) -> None:
    confirm("gw1")
    assert ssh() == [
        "-o ControlMaster=no -o ControlPath=none -o BatchMode=yes -o ConnectTimeout=10 -F /state/my lab/config gw1 "
        "lantu-guard confirm 0123abcd",
        "-F /state/my lab/config -O stop gw1",  # the next to come are led by what is true now
    ]


def test_without_a_new_connection_the_task_fails(ssh: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSED", "gw1")
    with pytest.raises(AnsibleActionFail) as lost:
        confirm("gw1")
    assert str(lost.value) == (
        "gw1: the change was made, but no new connection confirmed it: no route to gw1\n"
        "  what happens: the host undoes the change within a minute\n"
        "  remedy:       check that the declared flows allow SSH to this host, then run again"
    )


def test_a_bastion_must_also_forward_connections(ssh: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts operators, but no host behind it can be reached: not confirmed."""
    monkeypatch.setenv("REFUSED", "gw1 cloud1 cloud2")
    with pytest.raises(AnsibleActionFail, match="no new connection through it to gw1, cloud1, cloud2"):
        confirm("bastion1", leads_onward=True)
    assert [line for line in ssh() if "confirm" in line] == []


def test_one_host_behind_it_that_is_down_does_not_count_against_a_bastion(
    ssh: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSED", "gw1")
    confirm("bastion1", leads_onward=True)
    assert [line for line in ssh() if line.endswith("bastion1 lantu-guard confirm 0123abcd")]


def test_any_other_kind_of_connection_proves_nothing(ssh: Any, confirm: Any) -> None:
    with pytest.raises(AnsibleActionFail, match="needs a connection over ssh, not local"):
        confirm("gw1", transport="local")
