"""Who gets in: keys of one kind, on every host, with nothing old on offer."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import paramiko

from tests.estate.seen import Seen

KEX = {"sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org"}
SIGNALS = {"ext-info-s", "kex-strict-s-v00@openssh.com"}
"""Entries of the list that name no key exchange: RFC 8308, which OpenSSH 10 sends, and strict key exchange."""
CIPHERS = {"aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"}
MACS = {"hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"}
CLOSED = {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync"}


def test_a_password_is_not_even_asked_for(host: Seen) -> None:
    """The control is the collection itself: the same host let the operators' key in."""
    assert host.words["hostname"]
    assert "Permission denied (publickey)" in host.refusal.result()


def test_sshd_offers_nothing_weak_on_its_live_port(host: Seen) -> None:
    offered = host.words["offered"]
    assert offered["host_key"] == ["ssh-ed25519"]
    assert set(offered["kex"]) - SIGNALS <= KEX
    assert set(offered["cipher_in"] + offered["cipher_out"]) <= CIPHERS
    assert set(offered["mac_in"] + offered["mac_out"]) <= MACS
    assert offered["kex"][0] == "sntrup761x25519-sha512@openssh.com"


def test_paramiko_speaks_a_language_that_every_sshd_offers(host: Seen) -> None:
    """It has lists of its own, and older names for some of what OpenSSH has."""
    offered, ours = host.words["offered"], paramiko.Transport
    assert set(offered["kex"]) & set(ours._preferred_kex)
    assert set(offered["host_key"]) & set(ours._preferred_keys)
    assert set(offered["cipher_in"]) & set(ours._preferred_ciphers)
    assert set(offered["mac_in"]) & set(ours._preferred_macs)


def test_paramiko_comes_in_by_the_files_that_ssh_uses(bastion: Seen) -> None:
    entry = paramiko.SSHConfig.from_path(str(bastion.ssh_config)).lookup(bastion.id)
    with closing(paramiko.SSHClient()) as client:
        client.load_host_keys(entry["userknownhostsfile"])  # and no policy for unknown keys: they are refused
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


def test_sshd_has_no_other_way_in_than_its_port(host: Seen) -> None:
    """systemd 256 and later listen for SSH on a local socket and on one of the hypervisor's, which no filter sees."""
    sockets = host.words["sockets"]
    assert any("/run/systemd/journal/stdout" in socket for socket in sockets), "the control: sockets are seen"
    assert [socket for socket in sockets if "ssh" in socket or socket.startswith("v_str")] == []


def test_no_account_has_a_password(host: Seen) -> None:
    assert host.words["passwords"] == []


def test_only_root_has_a_shell_and_keys(host: Seen) -> None:
    with_shell = {line.split(":")[0] for line, shell in host.words["shells"] if shell not in CLOSED}
    assert with_shell == {"root"}
    assert host.words["authorized"] == ["root"]


def test_no_two_hosts_share_a_host_key(hosts: list[Seen]) -> None:
    keys = Counter(key for host in hosts for key in host.words["host_keys"])
    assert len(keys) == len(hosts), "every host has exactly one"
    assert [key for key, times in keys.items() if times > 1] == []


def test_only_a_bastion_leads_on(host: Seen) -> None:
    """By sshd's own reading of its files, which its live process has too (the offer above is the live one's)."""
    told = dict(line.split(" ", 1) for line in host.connection.check_output("sshd -T").splitlines() if " " in line)
    others = [item for item in host.blueprint.hosts_at(host.declared.location) if item.id != host.id]
    leads = host.declared.kind == "bastion" and bool(others)
    assert told["allowtcpforwarding"] == ("local" if leads else "no")
    assert (told["permitopen"] != "none") == leads
    assert told["pubkeyacceptedalgorithms"] == "ssh-ed25519,sk-ssh-ed25519@openssh.com"
    assert (told["allowagentforwarding"], told["allowstreamlocalforwarding"]) == ("no", "no")
