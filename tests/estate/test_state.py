"""State of each host: identity, failed units, files in effect, and only declared services."""

from __future__ import annotations

from collections import Counter
from datetime import date
from ipaddress import ip_address

from inventory.model.hosts import HostKind
from inventory.rendering.host_variables import hostvars
from tests.estate.checked_hosts import CheckedHost

NO_HOST: frozenset[HostKind] = frozenset()
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
    NO_HOST,
)
"""Package of a server -> kinds of hosts that may run it."""
SECONDS_APART = 2.0


def test_the_host_has_its_identity(host: CheckedHost) -> None:
    assert host.facts["hostname"] == host.id
    assert len(host.facts["machine_id"]) == 32


def test_the_host_runs_its_debian_release(host: CheckedHost) -> None:
    assert host.facts["release"] == host.blueprint.release_of(host.declared)


def test_no_two_hosts_are_the_same_machine(hosts: list[CheckedHost]) -> None:
    ids = Counter(host.facts["machine_id"] for host in hosts)
    assert len(ids) == len(hosts)


def test_nothing_failed(host: CheckedHost) -> None:
    assert [line for line in host.facts["failed"] if line] == []
    assert host.facts["system"] == "running"


def test_no_unit_is_older_than_its_file(host: CheckedHost) -> None:
    blocks = host.facts["reload_needed"].strip().split("\n\n")
    assert len(blocks) > 1
    assert [block for block in blocks if "NeedDaemonReload=yes" in block] == []


def test_no_change_waits_for_its_confirmation(host: CheckedHost) -> None:
    assert not host.facts["unconfirmed"]


def test_clocks_agree(host: CheckedHost) -> None:
    facts = host.collected.result()
    assert facts.started - SECONDS_APART <= facts.document["time"] <= facts.finished + SECONDS_APART


def test_only_declared_services_listen(host: CheckedHost) -> None:
    """Every listener on an address other than loopback is a service of this host that a flow allows."""
    declared = hostvars(host.blueprint, host.declared.location, date.today()).hosts[host.id]["lantu_answers"]
    listening = {
        f"{listener['protocol']}/{listener['port']}"
        for listener in host.facts["listeners"]
        if listener["address"] == "*" or not ip_address(listener["address"]).is_loopback
    }
    assert "tcp/22" in listening, "the control: sshd is listed"
    assert listening <= set(declared)


def test_no_server_is_installed_that_the_host_does_not_run(host: CheckedHost) -> None:
    installed = {line.split()[0] for line in host.facts["packages"] if line.endswith(" installed")}
    assert "openssh-server" in installed, "the control: packages are listed"
    assert [name for name, kinds in SERVERS.items() if name in installed and host.declared.kind not in kinds] == []
