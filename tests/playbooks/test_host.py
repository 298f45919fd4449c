"""The small utilities: network, settings, accounts, packages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hoststate import network as network_of
from hoststate import packages as packages_of
from hoststate import settings as settings_of
from hoststate.accounts import other_shells, unlocked
from hoststate.changes import Run, StateError, command, must
from hoststate.network import network
from hoststate.packages import installed, packages
from hoststate.settings import settings

from inventory.model.blueprint import Blueprint
from inventory.rendering import network_configuration

WANTED = {"links": "links", "routes": "routes", "unit": "lantu-net.service"}


class FakeKernel:
    """A fake `ip` with a gateway's addresses and a host's routes; `repaired` is the state after the unit restarts."""

    def __init__(self, held: dict[str, list[str]], routes: list[tuple[str, str]]) -> None:
        self.held, self.routes, self.restarted = held, routes, 0
        self.repaired: Callable[[], None] = lambda: None

    def must(self, argv: Sequence[str], *_rest: Any) -> str:
        if argv[0] == "systemctl":
            self.restarted += 1
            self.repaired()
            return ""
        if "address" in argv:
            rows = [
                {"ifname": name, "addr_info": [{"local": item} for item in all_]} for name, all_ in self.held.items()
            ]
            return json.dumps(rows)
        wanted = "." if "-4" in argv else ":"
        return json.dumps([{"dst": dst, "gateway": via} for dst, via in self.routes if wanted in via])


@pytest.fixture
def converge(built: Blueprint, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    def run_on(kernel: FakeKernel, host: str, check: bool = False) -> Run:
        part = built.deployed_subset
        monkeypatch.setattr(network_of, "must", kernel.must)
        texts = {
            "links": network_configuration.links(part, part.host[host]),
            "routes": network_configuration.routes(part, part.host[host]),
        }
        run = Run(check, planned={name: text.encode() for name, text in texts.items()})
        network(run, WANTED)
        return run

    return run_on


def desk() -> FakeKernel:
    """grid-desk as it should be."""
    via = {"4": "10.70.16.1", "6": "fd6c:616e:7475:16::1"}
    prefixes = [
        "10.70.0.0/16",
        "10.71.0.0/16",
        "fd6c:616e:7475::/48",
        "203.0.113.0/24",
        "2001:db8:70::/48",
        "198.51.100.0/24",
        "2001:db8:71::/48",
    ]
    held = {"p-grid": ["10.70.16.10", "fd6c:616e:7475:16::10"], "mgmt": ["10.70.250.21"], "lo": ["127.0.0.1"]}
    return FakeKernel(held, [(prefix, via["6" if ":" in prefix else "4"]) for prefix in prefixes])


def test_a_host_as_planned_is_not_changed(converge: Any) -> None:
    kernel = desk()
    assert converge(kernel, "grid-desk").changes == []
    assert kernel.restarted == 0


def test_what_is_missing_is_applied_again(converge: Any) -> None:
    kernel = desk()
    lost = kernel.routes.pop(0)
    kernel.repaired = lambda: kernel.routes.append(lost)
    run = converge(kernel, "grid-desk")
    assert kernel.restarted == 1
    assert run.changes[0].before == "no route to 10.70.0.0/16 via 10.70.16.1"


def test_check_mode_restarts_nothing(converge: Any) -> None:
    kernel = desk()
    kernel.routes.pop()
    assert len(converge(kernel, "grid-desk", check=True).changes) == 1
    assert kernel.restarted == 0


def test_an_unplanned_route_is_refused(converge: Any) -> None:
    kernel = desk()
    kernel.routes.append(("default", "10.70.16.2"))
    with pytest.raises(StateError, match=r"unplanned route to 0\.0\.0\.0/0 via 10\.70\.16\.2"):
        converge(kernel, "grid-desk")


def test_a_gateway_without_a_virtual_address_is_found(converge: Any, built: Blueprint) -> None:
    part = built.deployed_subset
    gateway = part.host["gw1"]
    held = {
        interface: [str(address) for address in part.addresses(gateway, interface)] for interface in gateway.interfaces
    }
    with pytest.raises(StateError, match=r"no 198\.51\.100\.1 on portal"):
        converge(FakeKernel(held, []), "gw1")


def test_an_address_on_the_wrong_link_is_found(converge: Any) -> None:
    """Rules match links by segment names, so no rule would match an address on another link."""
    kernel = desk()
    kernel.held["eth1"] = kernel.held.pop("mgmt")
    with pytest.raises(StateError, match=r"no 10.70.250.21 on mgmt"):
        converge(kernel, "grid-desk")


# settings


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings_of, "ROOT", tmp_path)
    for key in ("net/ipv4", "net/ipv6/conf/all"):
        (tmp_path / key).mkdir(parents=True)
    (tmp_path / "net/ipv4/ip_forward").write_text("0\n")
    (tmp_path / "net/ipv6/conf/all/forwarding").write_text("0\n")
    return tmp_path


FORWARDING = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}


def test_if_the_site_cannot_set_all_differences_are_reported(proc: Path) -> None:
    with pytest.raises(StateError) as refused:
        settings(Run(False), {"values": FORWARDING, "may_set": False})
    assert "net.ipv4.ip_forward = 0, net.ipv6.conf.all.forwarding = 0" in str(refused.value)
    assert "hosts of this site get them at creation" in str(refused.value)


def test_if_the_site_can_set_only_the_difference_is_set(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(settings_of, "must", lambda argv, *_rest: told.append(list(argv)) or "")
    (proc / "net/ipv4/ip_forward").write_text("1\n")
    run = Run(False)
    settings(run, {"values": FORWARDING, "may_set": True})
    assert told == [["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]]
    assert [change.what for change in run.changes] == ["setting net.ipv6.conf.all.forwarding"]


def test_a_setting_that_the_kernel_does_not_have_is_no_pass(proc: Path) -> None:
    with pytest.raises(StateError, match="a setting of this kernel"):
        settings(Run(False), {"values": {"net.ipv4.no_such": "1"}, "may_set": True})


# accounts


def test_an_empty_password_is_usable() -> None:
    shadow = ["root:*:1::::::", "a:$y$j9T$x:1::::::", "b::1::::::", "c:!$y$x:1::::::", "d:!:1::::::", ""]
    assert unlocked(shadow) == ["a", "b"]


def test_other_accounts_lose_the_shell() -> None:
    shells = {"root": "/bin/bash", "sync": "/bin/sync", "www-data": "/usr/sbin/nologin", "guest": "/bin/sh", "x": ""}
    assert other_shells(shells, ["root"]) == ["guest", "x"]


# packages


@pytest.fixture
def dpkg(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """nginx is installed, openssl is removed but configured; a fake apt records its calls."""
    told: list[list[str]] = []

    def asked(argv: Sequence[str], *_rest: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(list(argv), 1, "nginx installed\nopenssl config-files\n", "no package foo")

    monkeypatch.setattr(packages_of, "command", asked)
    monkeypatch.setattr(packages_of, "must", lambda argv, *_rest, **_more: told.append(list(argv)) or "")
    return told


def test_apt_is_not_called_where_everything_is_there(dpkg: list[list[str]]) -> None:
    run = Run(False)
    packages(run, ["nginx"])
    assert (run.changes, dpkg) == ([], [])


def test_only_what_is_missing_is_installed(dpkg: list[list[str]]) -> None:
    assert installed(["nginx", "openssl", "foo"]) == {"nginx"}
    packages(Run(False), ["nginx", "openssl", "foo"])
    assert [words[-2:] for words in dpkg if "install" in words] == [["openssl", "foo"]]


def test_check_mode_installs_nothing(dpkg: list[list[str]]) -> None:
    run = Run(True)
    packages(run, ["foo"])
    assert [change.what for change in run.changes] == ["packages foo"]
    assert dpkg == []


# tools


def test_the_output_of_a_failed_tool_is_reported() -> None:
    with pytest.raises(StateError) as refused:
        must(["sh", "-c", "echo odd >&2; exit 3"], "the thing", "look")
    assert str(refused.value) == (
        "the thing\n  found:    sh -c echo odd >&2; exit 3 exited with 3: odd\n  expected: status 0\n  remedy:   look"
    )


def test_a_tool_that_does_not_end_is_ended() -> None:
    with pytest.raises(StateError, match="no end after 1 s"):
        command(["sleep", "5"], seconds=1)
