"""The nftables text of each host: what it says, when it changes, and that nft itself takes it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from inventory import Blueprint
from inventory.model.flows import Family
from inventory.rendering.ruleset import ruleset
from tests.conftest import Golden
from tests.unit.inventory.conftest import TODAY

FOLDER = Path(__file__).parent / "ruleset"
HOOKS = ("input", "forward", "output")
LATER = date(2027, 1, 1)
HOSTS = ["gw", "bastion", "infra", "web", "node1", "node2", "river-desk", "bastion2"]


def rules(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if "accept" in line and "policy" not in line]


def test_the_goldens_are_of_all_hosts_that_the_lab_builds(lab: Blueprint) -> None:
    assert [host.id for host in lab.hosts] == HOSTS
    assert sorted(path.stem for path in FOLDER.glob("*.nft")) == sorted(HOSTS)


@pytest.mark.parametrize("host", HOSTS)
def test_ruleset(lab: Blueprint, host: str, golden: Golden) -> None:
    golden(FOLDER / f"{host}.nft", ruleset(lab, lab.host[host], TODAY))


@pytest.mark.parametrize("host", HOSTS)
def test_the_same_day_gives_the_same_bytes(lab: Blueprint, host: str) -> None:
    assert ruleset(lab, lab.host[host], TODAY) == ruleset(lab, lab.host[host], TODAY)


def test_an_expired_flow_is_gone(lab: Blueprint) -> None:
    before, after = (ruleset(lab, lab.host["gw"], day) for day in (TODAY, LATER))
    assert '"river-levels"' in before
    assert '"river-levels"' not in after
    assert '"public-web"' in after


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("day", [TODAY, LATER])
def test_every_rule_has_addresses_and_every_flow_its_families(lab: Blueprint, host: str, day: date) -> None:
    """A rule that forgot its addresses would open a service to everybody, or to everywhere.

    One kind has none on purpose: a task's port behind the node's own bridge. Its source was checked where the
    connection arrived, or is in the rule; IPv6 reaches it by the engine's relay.
    """
    flows = [rule for rule in rules(ruleset(lab, lab.host[host], day)) if 'comment "' in rule]
    assert flows
    of_tasks = [rule for rule in flows if 'oifname "docker_gwbridge"' in rule]
    assert bool(of_tasks) == (host in ("node1", "node2") and day == TODAY)
    paired = [rule for rule in flows if rule not in of_tasks]
    four, six = ([rule for rule in paired if _has_addresses(rule, family)] for family in ("ip", "ip6"))
    assert len(four) + len(six) == len(paired)
    only_four = [rule for rule in four if 'comment "cluster"' in rule]
    assert bool(only_four) == (host in ("node1", "node2"))
    assert len(four) - len(only_four) == len(six)
    assert not any('comment "cluster"' in rule for rule in six)


def _has_addresses(rule: str, family: str) -> bool:
    address = r"(\{ [^}]+ \}|\S+)"
    return re.search(rf" {family} saddr (!= )?{address} {family} daddr {address} ", rule) is not None


def test_a_task_is_reached_by_ipv6_through_the_relay_alone(lab: Blueprint) -> None:
    """A flow for IPv6 only arrives at the node and leaves it to the task, and is not forwarded."""
    flows = tuple(
        flow.model_copy(update={"family": Family.IPV6}) if flow.id == "river-levels" else flow for flow in lab.flows
    )
    only_six = replace(lab, flows=flows)
    text = ruleset(only_six, only_six.host["node1"], TODAY)
    of_flow = {hook: [rule for rule in rules(_chain(text, hook)) if '"river-levels"' in rule] for hook in HOOKS}
    assert {hook: len(found) for hook, found in of_flow.items()} == {"input": 1, "forward": 0, "output": 1}
    assert " ip6 saddr " in of_flow["input"][0]


def _chain(text: str, hook: str) -> str:
    return text.partition(f"chain {hook} {{")[2].partition("\n  }")[0]


@pytest.mark.parametrize("host", HOSTS)
def test_every_chain_drops_what_no_rule_names(lab: Blueprint, host: str) -> None:
    text = ruleset(lab, lab.host[host], TODAY)
    for hook in HOOKS:
        assert f"type filter hook {hook} priority filter; policy drop;" in text
    assert "flush" not in text
    assert text.count("table inet lantu") == 3


@pytest.mark.skipif(shutil.which("nft") is None or os.geteuid() != 0, reason="needs nft, and root for a namespace")
@pytest.mark.parametrize("host", HOSTS)
def test_nft_takes_it_twice(lab: Blueprint, host: str, tmp_path: Path) -> None:
    """In a network namespace of its own: loaded, loaded again, and the same both times."""
    file = tmp_path / "rules.nft"
    file.write_text(ruleset(lab, lab.host[host], TODAY), "utf-8")
    script = 'nft -c -f "$1" && nft -f "$1" && nft list ruleset > "$2" && nft -f "$1" && nft list ruleset | cmp - "$2"'
    command = ["unshare", "-n", "sh", "-ec", script, "sh", str(file), str(tmp_path / "listed")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "policy drop" in (tmp_path / "listed").read_text()


@pytest.mark.skipif(shutil.which("nft") is None or os.geteuid() != 0, reason="needs nft, and root for a namespace")
def test_nft_refuses_what_is_wrong(lab: Blueprint, tmp_path: Path) -> None:
    """The check above can fail: one word changed, and nft says no."""
    file = tmp_path / "rules.nft"
    file.write_text(ruleset(lab, lab.host["gw"], TODAY).replace("saddr", "sadr", 1), "utf-8")
    command = ["unshare", "-n", "nft", "-c", "-f", str(file)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0
