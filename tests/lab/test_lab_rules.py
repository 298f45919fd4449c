"""The engine host is invisible and management hosts talk to the bastion alone. Every "no answer" has its control:
the same connection before the rules, by the same probe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from conftest import Standing, until
from lab import namespaces, rules, vantage
from lab.rules import Management
from lab.vantage import VantageInterface, VantageNamespace
from probe import connect, listening

SEGMENT = (Management("10.199.20.0/24", ("10.199.20.250",)), Management("fd99:20::/64", ("fd99:20::250",)))
HERE, THERE, BASTION = ("10.199.20.5", "fd99:20::5"), ("10.199.20.6", "fd99:20::6"), ("10.199.20.250", "fd99:20::250")
PORT = 4022


@pytest.fixture
def segment(standing: Standing) -> Iterator[dict[str, str]]:
    """Three hosts on one segment, played by namespaces: name -> namespace. No rules yet."""
    network = standing.network("managed", 20)
    names = {"here": HERE, "there": THERE, "bastion": BASTION}
    made = [
        VantageNamespace(
            standing.lab.vantage_namespace(name),
            (VantageInterface(standing.location, network, "mgmt", (f"{ipv4}/24", f"{ipv6}/64")),),
        )
        for name, (ipv4, ipv6) in names.items()
    ]
    with ExitStack() as servers:
        for point in made:
            vantage.ensure(point)
            servers.enter_context(listening(point.namespace, PORT))
        for family in ("inet", "bridge"):
            rules.run(rules.inside(standing.location.namespace, "nft", "delete", "table", family, rules.TABLE))
        yield {name: standing.lab.vantage_namespace(name) for name in names}
    for point in made:
        vantage.remove(point)
    standing.client.networks.get(network).remove()
    rules.apply(standing.location.namespace)


def test_the_engine_host_is_reached_before_its_rules_and_not_after(standing: Standing, segment: dict[str, str]) -> None:
    for address in ("10.199.20.1", "fd99:20::1"):
        until(lambda address=address: connect(segment["here"], address, 22) == "ECONNREFUSED")  # type: ignore[misc]
    rules.apply(standing.location.namespace, SEGMENT)
    for address in ("10.199.20.1", "fd99:20::1"):
        rules.run(["ip", "-n", segment["here"], "neighbour", "flush", "all"])
        assert connect(segment["here"], address, 22) in ("no answer", "EHOSTUNREACH")
        seen = rules.run(["ip", "-n", segment["here"], "neighbour", "show", address])
        assert "FAILED" in seen or "INCOMPLETE" in seen  # not even a neighbour request is answered


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_management_hosts_reach_the_bastion_and_not_each_other(
    standing: Standing, segment: dict[str, str], family: int
) -> None:
    assert connect(segment["here"], THERE[family], PORT) == "connected"
    rules.apply(standing.location.namespace, SEGMENT)
    assert connect(segment["here"], THERE[family], PORT) == "no answer"
    assert connect(segment["here"], BASTION[family], PORT) == "connected"
    assert connect(segment["bastion"], THERE[family], PORT) == "connected"


def test_no_way_around_by_addresses_that_nobody_planned(standing: Standing, segment: dict[str, str]) -> None:
    link_local = next(
        word.split("/")[0]
        for word in rules.run(["ip", "-n", segment["there"], "-6", "address"]).split()
        if word.startswith("fe80:")
    )
    for name, address in (("here", "172.31.9.5/24"), ("there", "172.31.9.6/24")):
        rules.run(["ip", "-n", segment[name], "address", "add", address, "dev", "mgmt"])
    until(lambda: connect(segment["here"], f"{link_local}%mgmt", PORT) == "connected")
    rules.apply(standing.location.namespace, SEGMENT)
    assert connect(segment["here"], f"{link_local}%mgmt", PORT) == "no answer"
    rules.run(["ip", "-n", segment["here"], "route", "add", f"{THERE[0]}/32", "dev", "mgmt", "src", "172.31.9.5"])
    assert connect(segment["here"], THERE[0], PORT) == "no answer"


def test_other_segments_are_not_touched(standing: Standing, segment: dict[str, str]) -> None:
    rules.apply(standing.location.namespace, (Management("10.199.21.0/24", ("10.199.21.250",)),))
    for address in THERE:
        assert connect(segment["here"], address, PORT) == "connected"


def test_the_tables_replace_themselves_and_no_other(standing: Standing) -> None:
    own = [f"table {family} {rules.TABLE}" for family in ("inet", "bridge")]
    script = rules.inside(standing.location.namespace, "nft", "list", "tables")
    before = rules.run(script).splitlines()
    for _ in range(2):
        rules.apply(standing.location.namespace, SEGMENT)
    assert sorted(rules.run(script).splitlines()) == sorted(before) and set(own) < set(before)
    text = rules.run(rules.inside(standing.location.namespace, "nft", "list", "table", "bridge", rules.TABLE))
    assert text.count("10.199.20.250") == 4 and text.count("fd99:20::250") == 4
    rules.apply(standing.location.namespace)
    assert namespaces.exists(standing.location.namespace)


def test_a_segment_without_a_bastion_is_silent() -> None:
    text = rules.engine_tables([Management("10.1.0.0/24", ())])
    assert "ip saddr 10.1.0.0/24 counter drop" in text and "ip daddr 10.1.0.0/24 counter drop" in text


@pytest.mark.parametrize("wrong", [Management("10.1.0.0/24; flush ruleset", ()), Management("10.1.0.0/24", ("x",))])
def test_what_is_no_address_never_reaches_the_rules(wrong: Management) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        rules.engine_tables([wrong])
