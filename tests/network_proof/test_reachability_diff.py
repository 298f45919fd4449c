"""What becomes reachable, and what no longer is, between two versions of the example's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from lantu.console import Lang
from lantu.reach import words

from inventory.model.blueprint import Blueprint
from policies.nftproof.scratch import listings
from policies.verification.network_proof.reachability_diff import ReachabilityChange, difference

Compare = Callable[..., tuple[ReachabilityChange, ...]]


@pytest.fixture
def compare(built: Blueprint, texts: Mapping[str, str], listed: Mapping[str, str]) -> Compare:
    """The difference that a change of some hosts' texts makes."""

    def changes_of(*hosts: str, old: str, new: str) -> tuple[ReachabilityChange, ...]:
        assert all(old in texts[host] for host in hosts)
        return difference(
            built, listed, {**listed, **listings({host: texts[host].replace(old, new) for host in hosts})}
        )

    return changes_of


def sentences(changes: tuple[ReachabilityChange, ...], kind: str) -> list[str]:
    return [change.text("en") for change in changes if change.kind == kind]


def test_nothing_changes(built: Blueprint, listed: Mapping[str, str]) -> None:
    assert difference(built, listed, listed) == ()


def test_another_port(compare: Compare) -> None:
    """Over the whole path: gateway and both nodes of the cloud; the old port is named after its system."""
    rule = 'tcp dport {} ct state new accept comment "police-grid"'
    changes = compare("gw1", "cloud1", "cloud2", old=rule.format(8080), new=rule.format(5432))
    whole = [change for change in changes if change.whole]
    assert sentences(tuple(whole), "opens") == [
        "Police private may reach Cloud node 1 on tcp/5432 (IPv4 and IPv6)",
        "Police private may reach Cloud node 2 on tcp/5432 (IPv4 and IPv6)",
    ]
    assert sentences(tuple(whole), "ceases") == [
        "Police private may no longer reach All-in-one grid management on tcp/8080 (IPv4 and IPv6)"
    ]
    assert whole[0].text("zh") == "公安专用网 将可以访问 政务云节点一：tcp/5432（IPv4、IPv6）"
    assert "10.70.3.10:5432" in whole[0].packet and whole[0].at[0] == "gw1 forward"


def test_a_part_of_the_path_is_reported_as_a_part(compare: Compare) -> None:
    (change,) = compare("gw1", old="ip6 saddr fd6c:616e:7475:16::/64 ", new="")
    assert not change.whole and change.at == ("gw1 forward",) and change.families == ("IPv6",)
    assert change.text("en").endswith("at gw1 forward alone: the rest of the way is as before")


def test_a_default_that_opens(compare: Compare) -> None:
    changes = compare(
        "desk2", old="hook input priority filter; policy drop", new="hook input priority filter; policy accept"
    )
    assert {change.kind for change in changes} == {"opens"}
    assert sentences(changes, "opens") == ["Intranet may reach Intranet desk on any service (IPv4 and IPv6)"]


def test_a_host_that_is_not_there_yet_is_all_new(built: Blueprint, listed: Mapping[str, str]) -> None:
    before = {host: text for host, text in listed.items() if host != "bastion1"}
    changes = difference(built, before, listed)
    assert sentences(changes, "opens") == ["Extranet operator may reach Extranet bastion on tcp/22 (IPv4 and IPv6)"]
    assert sentences(changes, "ceases") == []


def test_the_plan_contains_it(compare: Compare) -> None:
    changes = compare("gw1", old="10.70.16.0/24", new="10.70.16.0/25")
    found = {kind: [change.as_json() for change in changes if change.kind == kind] for kind in ("opens", "ceases")}
    assert found["opens"] == [] and len(found["ceases"]) == 1
    assert list(words(found, Lang.EN)) == [found["ceases"][0]["en"]]
    assert list(words({"opens": [], "ceases": []}, Lang.EN)) == ["reachability does not change"]
    assert list(words({"error": {"zh": "读不到", "en": "cannot be read"}}, Lang.ZH)) == ["读不到"]
