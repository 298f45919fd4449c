"""The host undoes a change that cuts SSH access, even without the controller."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.playbooks.live.conftest import lets_in, on, play, restart, until

HERE = Path(__file__).parent
GUARD_SECONDS = 60
SLACK = 20  # the timer begins while the playbook is still waiting for its confirmation
CONFIRMED = "test ! -e /var/lib/lantu/guard && ! systemctl is-active --quiet lantu-guard.timer"


def spoil(book: str, host: str) -> None:
    done = play(str(HERE / book), "--limit", host)
    assert done.status != 0
    assert "no new connection confirmed it" in done.text
    assert not lets_in(host), "the control: the change did cut the way in"


@pytest.mark.parametrize("host", ["gw1", "bastion1"])
def test_rules_that_cut_the_way_in_come_back(host: str) -> None:
    before = on(host, "nft list table inet lantu | grep -c 'dport 22'")
    spoil("rules_without_ssh.yml", host)
    until(f"{host} lets operators in again", lambda: lets_in(host), GUARD_SECONDS + SLACK)
    assert on(host, "nft list table inet lantu | grep -c 'dport 22'") == before
    assert on(host, "grep -c 'dport 22' /etc/lantu/ruleset.nft") == before, "also for the next boot"
    on(host, CONFIRMED)


def test_keys_that_let_nobody_in_come_back() -> None:
    spoil("sshd_without_keys.yml", "police-desk")
    until("police-desk lets operators in again", lambda: lets_in("police-desk"), GUARD_SECONDS + SLACK)
    on("police-desk", CONFIRMED)


def test_a_host_that_is_started_again_meanwhile_comes_up_as_it_was() -> None:
    spoil("rules_without_ssh.yml", "water-desk")
    restart("water-desk")
    assert int(on("water-desk", "nft list table inet lantu | grep -c 'dport 22'")) > 0
    on("water-desk", CONFIRMED)


def test_the_next_run_undoes_before_it_compares() -> None:
    """Over the connection that is still open; so nothing has to be waited for."""
    spoil("rules_without_ssh.yml", "grid-desk")
    done = play("playbooks/base.yml", "--limit", "grid-desk")
    assert done.status == 0, done.text
    assert lets_in("grid-desk")
    on("grid-desk", CONFIRMED)
