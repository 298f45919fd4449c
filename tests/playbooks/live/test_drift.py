"""A playbook run repairs manual changes and failed runs; the next run changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.playbooks.conftest import ROOT
from tests.playbooks.live.conftest import LAB, on, play, restart, until

SSHD = "/etc/ssh/sshd_config.d/10-lantu.conf"
KEYS = "/etc/ssh/authorized_keys.d"
DAMAGE = {
    "a rule by hand": ("infra1", "nft insert rule inet lantu input accept", "loaded_rules_are_those"),
    "no rules at all": ("grid-desk", "nft delete table inet lantu", "loaded_rules_are_those"),
    "a weak sshd": ("police-desk", f"sed -i '/^Ciphers/d' {SSHD}; systemctl reload ssh", "offers_nothing_weak"),
    "somebody else's key": ("water-desk", f"cp {KEYS}/root {KEYS}/games", "only_root_has_a_shell_and_keys"),
    "a password": ("infra1", "usermod -p '' games", "no_account_has_a_password"),
    "a resolver": ("police-desk", "echo nameserver 8.8.8.8 >>/etc/resolv.conf", "names_come_from_the_host_alone"),
    "a virtual address lost": ("gw1", "ip address delete 198.51.100.1/24 dev portal", "holds_the_virtual_address"),
    "a route lost": ("water-desk", "ip route delete 198.51.100.0/24", "routes_lead_where"),
    "a way out": ("infra1", "ip route add default via 10.70.1.2", "routes_lead_where"),
    "a listener": (
        "bastion1",
        "systemd-run --quiet --unit=stray python3 -m http.server 8000",
        "only_declared_services_listen",
    ),
    "a page changed": ("portal1", "echo hacked >/srv/portal/index.html; echo x >/srv/portal/more.html", "portal"),
    "a certificate lost": ("portal1", "rm /etc/nginx/tls/portal.crt", "portal"),
    "a server stopped": ("portal1", "systemctl stop nginx", "portal"),
    "a node that left": ("cloud2", "docker swarm leave --force", "one_manager_and_the_other_nodes"),
}
"""Damage -> host, what does it, and the test of the proof that has to turn red."""
UNSEEN = {"a file written, its server never told": ("bastion1", f"touch {SSHD}")}
"""What only a converge can know."""
STRAY = "systemctl stop stray"  # no role ends what it did not begin; the proof is what finds it


def test_all_damage_is_found_told_then_repaired_then_nothing_is_left_to_do() -> None:
    for host, command, *_ in [*DAMAGE.values(), *UNSEEN.values()]:
        on(host, command)
    until("the manager sees that the node is gone", lambda: "Down" in nodes(), 60)
    hurt = {host for host, *_ in [*DAMAGE.values(), *UNSEEN.values()]}

    red = [line for line in district("-rfE").stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    missed = [
        damage
        for damage, (host, _, test) in DAMAGE.items()
        if not any(test in line and (f"[{host}]" in line or "[" not in line) for line in red)
    ]
    assert missed == [], red
    on("bastion1", STRAY)

    looked = play("playbooks/site.yml", "--check", "--diff")
    assert looked.status == 0, looked.text
    assert {host for host, count in looked.changed.items() if count} >= hurt - {"cloud2"}
    assert on("grid-desk", "nft list tables | grep -c 'inet lantu' || true") == "0", "looking repairs nothing"

    repaired = play("playbooks/site.yml")
    assert repaired.status == 0, repaired.text
    assert {host for host, count in repaired.changed.items() if count} >= hurt

    again = play("playbooks/site.yml")
    assert set(again.changed.values()) == {0}, again.text
    assert district().returncode == 0, "and the proof over all hosts agrees"


def nodes() -> str:
    return on("cloud1", "docker node ls --format '{{.Hostname}} {{.Status}}'")


def test_a_dead_twin_of_a_node_is_gone() -> None:
    wanted = ["cloud1 Ready", "cloud2 Ready"]
    until("the manager sees two ready nodes", lambda: sorted(nodes().split("\n")) == wanted, 30)


def district(*words: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "LANTU_LOCATION"} | {"LANTU_LAB": LAB}
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/district", *words]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("host", ["portal1", "gw1", "cloud2"])
def test_a_host_that_is_started_again_is_right_without_a_converge(host: str) -> None:
    """The engine writes some of its files anew and gives it an empty kernel; the host's own units put that right."""
    restart(host)
    if host == "cloud2":
        until("the node is back in the cluster", lambda: "cloud2 Ready" in nodes(), 60)
    done = district("-k", f"[{host}]")
    assert done.returncode == 0, done.stdout
    assert set(play("playbooks/site.yml").changed.values()) == {0}


def test_a_blueprint_that_is_wrong_touches_no_host(tmp_path: object) -> None:
    env = {**os.environ, "LANTU_LAB": LAB, "LANTU_BLUEPRINT": str(tmp_path)}
    argv = [sys.executable, "-m", "ansible", "playbook", "playbooks/site.yml"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "PLAY [" not in done.stdout
    assert json.dumps(done.stderr).count("BP001") >= 1
