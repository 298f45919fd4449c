"""SSH access: keys only, and current algorithms, on every host."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import paramiko

from tests.estate.checked_hosts import CheckedHost

KEX = {"sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org"}
SIGNALS = {"ext-info-s", "kex-strict-s-v00@openssh.com"}
"""Entries of the list that name no key exchange: RFC 8308, which OpenSSH 10 sends, and strict key exchange."""
CIPHERS = {"aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"}
MACS = {"hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"}
CLOSED = {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync"}


def test_password_login_is_not_offered(host: CheckedHost) -> None:
    """The control is the collection of facts: the same host accepted the operators' key."""
    assert host.facts["hostname"]
    assert "Permission denied (publickey)" in host.refusal.result()


def test_sshd_offers_nothing_weak_on_its_live_port(host: CheckedHost) -> None:
    offered = host.facts["offered"]
    assert offered["host_key"] == ["ssh-ed25519"]
    assert set(offered["kex"]) - SIGNALS <= KEX
    assert set(offered["cipher_in"] + offered["cipher_out"]) <= CIPHERS
    assert set(offered["mac_in"] + offered["mac_out"]) <= MACS
    assert offered["kex"][0] == "sntrup761x25519-sha512@openssh.com"


def test_paramiko_supports_the_offered_algorithms(host: CheckedHost) -> None:
    """It has its own lists, with older names for some algorithms of OpenSSH."""
    offered, ours = host.facts["offered"], paramiko.Transport
    assert set(offered["kex"]) & set(ours._preferred_kex)
    assert set(offered["host_key"]) & set(ours._preferred_keys)
    assert set(offered["cipher_in"]) & set(ours._preferred_ciphers)
    assert set(offered["mac_in"]) & set(ours._preferred_macs)


def test_paramiko_connects_with_the_files_of_ssh(bastion: CheckedHost) -> None:
    entry = paramiko.SSHConfig.from_path(str(bastion.ssh_config)).lookup(bastion.id)
    with closing(paramiko.SSHClient()) as client:
        client.load_host_keys(entry["userknownhostsfile"])  # no policy for unknown keys, so they are refused
        client.connect(
            bastion.id,
            username=entry["user"],
            key_filename=entry["identityfile"],
            look_for_keys=False,
            allow_agent=False,
            sock=paramiko.ProxyCommand(entry["proxycommand"]),
            timeout=30,
        )
        _, answer, _ = client.exec_command("hostname", timeout=30)
        assert answer.read().decode().strip() == bastion.id


def test_sshd_listens_on_its_port_only(host: CheckedHost) -> None:
    """systemd 256 and later listen for SSH on a local socket and on one of the hypervisor's, which no filter sees."""
    sockets = host.facts["sockets"]
    assert any("/run/systemd/journal/stdout" in socket for socket in sockets), "the control: sockets are seen"
    assert [socket for socket in sockets if "ssh" in socket or socket.startswith("v_str")] == []


def test_no_account_has_a_password(host: CheckedHost) -> None:
    assert host.facts["passwords"] == []


def test_only_root_has_a_shell_and_keys(host: CheckedHost) -> None:
    with_shell = {line.split(":")[0] for line, shell in host.facts["shells"] if shell not in CLOSED}
    assert with_shell == {"root"}
    assert host.facts["authorized"] == ["root"]


def test_no_two_hosts_share_a_host_key(hosts: list[CheckedHost]) -> None:
    keys = Counter(key for host in hosts for key in host.facts["host_keys"])
    assert len(keys) == len(hosts), "every host has exactly one"
    assert [key for key, times in keys.items() if times > 1] == []


def test_only_a_bastion_forwards_connections(host: CheckedHost) -> None:
    """From `sshd -T`, which reads the configuration files that the running sshd has read, too."""
    settings = dict(line.split(" ", 1) for line in host.connection.check_output("sshd -T").splitlines() if " " in line)
    others = [item for item in host.blueprint.hosts_at(host.declared.location) if item.id != host.id]
    forwards = host.declared.kind == "bastion" and bool(others)
    assert settings["allowtcpforwarding"] == ("local" if forwards else "no")
    assert (settings["permitopen"] != "none") == forwards
    assert settings["pubkeyacceptedalgorithms"] == "ssh-ed25519,sk-ssh-ed25519@openssh.com"
    assert (settings["allowagentforwarding"], settings["allowstreamlocalforwarding"]) == ("no", "no")
