"""Vantage points: created once, again when a part is gone, and never with an interface in the machine itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from conftest import Standing, machine_itself
from lab import namespaces, vantage
from lab.errors import LabError
from lab.vantage import VantageInterface, VantageNamespace, VantageRoute
from probe import connect, listening


@pytest.fixture
def point(standing: Standing) -> Iterator[VantageNamespace]:
    network = standing.network("seen", 30)
    made = VantageNamespace(
        standing.lab.vantage_namespace("internet"),
        (VantageInterface(standing.location, network, "net", ("10.199.30.9/24", "fd99:30::9/64")),),
        (
            VantageRoute("10.199.0.0/16", "10.199.30.2"),
            VantageRoute("0.0.0.0/0", "10.199.30.2"),
            VantageRoute("fd99:40::/64", "fd99:30::2"),
        ),
    )
    yield made
    vantage.remove(made)
    standing.client.networks.get(network).remove()


def test_it_is_made_once_and_then_found(point: VantageNamespace, machine_unchanged: None) -> None:
    assert not vantage.present(point)
    assert [vantage.ensure(point), vantage.ensure(point)] == [True, False]
    before = machine_itself()["links"]
    assert vantage.present(point) and point.interfaces[0].name not in before


def test_it_reaches_its_segment_and_nothing_it_has_no_route_to(point: VantageNamespace, standing: Standing) -> None:
    other = VantageNamespace(
        standing.lab.vantage_namespace("other"), (replace(point.interfaces[0], addresses=("10.199.30.10/24",)),)
    )
    vantage.ensure(point)
    vantage.ensure(other)
    try:
        with listening(point.namespace, 4080):
            assert connect(other.namespace, "10.199.30.9", 4080) == "connected"
        assert connect(other.namespace, "10.199.31.9", 4080) == "ENETUNREACH"
    finally:
        vantage.remove(other)


def lose_address(point: VantageNamespace) -> list[str]:
    return ["ip", "-n", point.namespace, "address", "delete", "10.199.30.9/24", "dev", "net"]


def lose_route(point: VantageNamespace) -> list[str]:
    return ["ip", "-n", point.namespace, "route", "delete", "default"]


def lose_bridge(point: VantageNamespace) -> list[str]:
    interface = point.interfaces[0]
    return ["ip", "-n", interface.location.namespace, "link", "set", vantage.port(point, interface), "nomaster"]


def lose_link(point: VantageNamespace) -> list[str]:
    return ["ip", "-n", point.namespace, "link", "delete", "net"]


def lose_namespace(point: VantageNamespace) -> list[str]:
    return ["ip", "netns", "delete", point.namespace]


def gain_route(point: VantageNamespace) -> list[str]:
    return ["ip", "-n", point.namespace, "route", "add", "198.51.100.0/24", "via", "10.199.30.3"]


def gain_link(point: VantageNamespace) -> list[str]:
    return ["ip", "-n", point.namespace, "link", "add", "name", "extra", "type", "veth", "peer", "name", "extra2"]


@pytest.mark.parametrize(
    "change", [lose_address, lose_route, lose_bridge, lose_link, lose_namespace, gain_route, gain_link]
)
def test_any_difference_is_found_and_repaired(
    point: VantageNamespace, change: Callable[[VantageNamespace], list[str]]
) -> None:
    vantage.ensure(point)
    subprocess.run(change(point), check=True)
    assert not vantage.present(point)
    assert vantage.ensure(point) and vantage.present(point)


def test_it_is_repaired_while_a_process_keeps_the_old_one_alive(point: VantageNamespace) -> None:
    vantage.ensure(point)
    with listening(point.namespace, 4081):
        namespaces.remove(point.namespace)
        assert vantage.ensure(point) and vantage.present(point)


def test_a_bridge_that_is_not_there_yet_is_named(point: VantageNamespace) -> None:
    absent = replace(point, interfaces=(replace(point.interfaces[0], bridge="br-none"),))
    with pytest.raises(LabError, match=r"LAB018 the bridge br-none"):
        vantage.ensure(absent)
    assert not namespaces.exists(point.namespace)


def test_names_of_links_fit_the_kernel(point: VantageNamespace) -> None:
    long = replace(point, namespace="lantu-" + "x" * 200)
    assert len(vantage.port(long, long.interfaces[0])) <= 15
    assert vantage.port(long, long.interfaces[0]) != vantage.port(point, point.interfaces[0])
