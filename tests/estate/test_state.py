"""What each host is: itself, whole, up to date with its own files, and running nothing that nobody declared."""

from __future__ import annotations

from collections import Counter
from datetime import date
from ipaddress import ip_address

from inventory.model.hosts import HostKind
from inventory.rendering.host_variables import hostvars
from tests.estate.seen import Seen

NOBODY: frozenset[HostKind] = frozenset()
SERVERS = {
    "openssh-server": frozenset(HostKind),
    "nginx": {HostKind.PORTAL},
    "docker.io": {HostKind.CLOUD_NODE},
    "containerd": {HostKind.CLOUD_NODE},
} | dict.fromkeys(
    (
        "apache2",
        "bind9",
        "chrony",
        "cups",
        "dnsmasq",
        "exim4-base",
        "haproxy",
        "isc-dhcp-server",
        "mariadb-server",
        "nfs-kernel-server",
        "postfix",
        "postgresql",
        "rpcbind",
        "rsync",
        "samba",
        "slapd",
        "snmpd",
        "squid",
        "systemd-resolved",
        "systemd-timesyncd",
        "telnetd",
        "tftpd",
        "vsftpd",
        "xinetd",
    ),
    NOBODY,
)
"""Package of a server -> the kinds of host that may run it."""
SECONDS_APART = 2.0


def test_the_host_is_who_it_should_be(host: Seen) -> None:
    assert host.words["hostname"] == host.id
    assert len(host.words["machine_id"]) == 32


def test_the_host_runs_its_debian_release(host: Seen) -> None:
    assert host.words["release"] == host.blueprint.release_of(host.declared)


def test_no_two_hosts_are_the_same_machine(hosts: list[Seen]) -> None:
    ids = Counter(host.words["machine_id"] for host in hosts)
    assert len(ids) == len(hosts)


def test_nothing_failed(host: Seen) -> None:
    assert [line for line in host.words["failed"] if line] == []
    assert host.words["system"] == "running"


def test_no_unit_is_older_than_its_file(host: Seen) -> None:
    blocks = host.words["reload_needed"].strip().split("\n\n")
    assert len(blocks) > 1
    assert [block for block in blocks if "NeedDaemonReload=yes" in block] == []


def test_no_change_waits_for_its_confirmation(host: Seen) -> None:
    assert not host.words["unconfirmed"]


def test_clocks_agree(host: Seen) -> None:
    said = host.said.result()
    assert said.asked - SECONDS_APART <= said.words["time"] <= said.answered + SECONDS_APART


def test_only_declared_services_listen(host: Seen) -> None:
    """Whatever waits on another address than loopback is a service that some flow names for this host."""
    declared = hostvars(host.blueprint, host.declared.location, date.today()).hosts[host.id]["lantu_answers"]
    heard = {
        f"{word['protocol']}/{word['port']}"
        for word in host.words["listeners"]
        if word["address"] == "*" or not ip_address(word["address"]).is_loopback
    }
    assert "tcp/22" in heard, "the control: the way in is seen"
    assert heard <= set(declared)


def test_no_server_is_installed_that_the_host_does_not_run(host: Seen) -> None:
    installed = {line.split()[0] for line in host.words["packages"] if line.endswith(" installed")}
    assert "openssh-server" in installed, "the control: packages are seen"
    assert [name for name, kinds in SERVERS.items() if name in installed and host.declared.kind not in kinds] == []
