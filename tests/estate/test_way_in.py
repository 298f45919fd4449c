"""Who gets in: keys of one kind, on every host, with nothing old on offer."""

from __future__ import annotations

from collections import Counter

from tests.estate.seen import Seen

KEX = {"sntrup761x25519-sha512@openssh.com", "curve25519-sha256"}
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


def test_sshd_has_no_other_way_in_than_its_port(host: Seen) -> None:
    """systemd 256 and later listen for SSH on a local socket and on one of the hypervisor's, which no filter sees."""
    sockets = host.words["sockets"]
    assert any("/run/systemd/journal/stdout" in one for one in sockets), "the control: sockets are seen"
    assert [one for one in sockets if "ssh" in one or one.startswith("v_str")] == []


def test_no_account_has_a_password(host: Seen) -> None:
    assert host.words["passwords"] == []


def test_only_root_has_a_shell_and_keys(host: Seen) -> None:
    with_shell = {line.split(":")[0] for line, shell in host.words["shells"] if shell not in CLOSED}
    assert with_shell == {"root"}
    assert host.words["authorized"] == ["root"]


def test_no_two_hosts_share_a_host_key(hosts: list[Seen]) -> None:
    keys = Counter(key for one in hosts for key in one.words["host_keys"])
    assert len(keys) == len(hosts), "every host has exactly one"
    assert [key for key, times in keys.items() if times > 1] == []


def test_only_a_bastion_leads_on(host: Seen) -> None:
    """By sshd's own reading of its files, which its live process has too (the offer above is the live one's)."""
    told = dict(line.split(" ", 1) for line in host.connection.check_output("sshd -T").splitlines() if " " in line)
    leads = host.declared.kind == "bastion"
    assert told["allowtcpforwarding"] == ("local" if leads else "no")
    assert (told["permitopen"] != "none") == leads
    assert told["pubkeyacceptedalgorithms"] == "ssh-ed25519,sk-ssh-ed25519@openssh.com"
    assert (told["allowagentforwarding"], told["allowstreamlocalforwarding"]) == ("no", "no")
