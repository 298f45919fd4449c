"""Flows spelled out: who may begin and who may answer, in which segment, for every kind of end."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network, IPv6Network

import pytest

from inventory import Blueprint
from inventory.model.flows import Family, Flow
from inventory.model.paths import EVERYBODY, Path, joined, paths, paths_of
from tests.unit.inventory.conftest import TODAY


def flow(source: str, target: str, family: Family = Family.BOTH, service: str = "tcp/443") -> Flow:
    return Flow(
        id="f",
        source=source,
        target=target,
        service=(service,),
        family=family,
        purpose_zh="测试",
        purpose_en="test",
        owner="office",
        approval="文",
        not_before=date(2026, 1, 1),
        expires="never",
    )


def only(blueprint: Blueprint, source: str, target: str) -> Path:
    (path,) = paths_of(blueprint, flow(source, target))
    return path


def addresses(*texts: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(text) for text in texts)


def test_a_host_begins_from_its_working_interface(blueprint: Blueprint) -> None:
    path = only(blueprint, "host:infra", "host:web")
    assert (path.source.segment, path.target.segment, path.crosses) == ("shared", "dmz", True)
    assert (path.source.ipv4, path.target.ipv4) == (addresses("10.9.1.10"), addresses("198.51.100.10"))
    assert path.target.ipv6 == (IPv6Network("2001:db8:2::10"),)
    assert (path.source.hosts, path.target.hosts) == (("infra",), ("web",))


def test_a_segment_is_everybody_in_it(blueprint: Blueprint) -> None:
    path = only(blueprint, "segment:p-river", "host:infra")
    assert path.source.whole
    assert path.source.ipv4 == addresses("10.9.5.0/24")
    assert path.source.hosts == ()


def test_a_management_interface_is_used_only_where_its_segment_is_named(blueprint: Blueprint) -> None:
    named = only(blueprint, "host:bastion", "segment:mgmt")
    assert (named.source.segment, named.crosses) == ("mgmt", False)
    assert named.source.ipv4 == addresses("10.9.4.10")
    other_way = only(blueprint, "segment:mgmt", "host:bastion")
    assert (other_way.source.segment, other_way.target.ipv4) == ("mgmt", addresses("10.9.4.10"))
    hosts = only(blueprint, "host:infra", "host:bastion")
    assert (hosts.source.segment, hosts.target.segment) == ("shared", "ops")


def test_the_public_is_everybody_outside(blueprint: Blueprint) -> None:
    path = only(blueprint, "vantage:public", "host:web")
    assert path.source.public
    assert (path.source.ipv4, path.source.ipv6) == ((EVERYBODY[0],), (EVERYBODY[1],))


def test_a_vantage_point_inside_is_one_address(blueprint: Blueprint) -> None:
    path = only(blueprint, "vantage:operator", "host:bastion")
    assert not path.source.public
    assert (path.source.ipv4, path.crosses) == (addresses("10.9.2.20"), False)


def test_a_kind_of_host_is_all_of_them_and_none_to_itself(blueprint: Blueprint) -> None:
    path = only(blueprint, "kind:cloud-node", "kind:cloud-node")
    assert set(path.source.hosts) == set(path.target.hosts) == {"node1", "node2"}
    assert list(paths_of(blueprint, flow("host:node1", "host:node1"))) == []


def test_a_system_is_where_it_runs(blueprint: Blueprint) -> None:
    path = only(blueprint, "segment:p-river", "system:levels")
    assert path.target.hosts == ("node1", "node2")
    assert list(paths_of(blueprint, flow("segment:p-river", "system:platform"))) == []


@pytest.mark.parametrize(("family", "four", "six"), [(Family.IPV4, 1, 0), (Family.IPV6, 0, 1), (Family.BOTH, 1, 1)])
def test_a_flow_for_one_family_has_no_addresses_of_the_other(
    blueprint: Blueprint, family: Family, four: int, six: int
) -> None:
    (path,) = paths_of(blueprint, flow("host:infra", "host:web", family))
    for end in (path.source, path.target):
        assert (len(end.ipv4), len(end.ipv6)) == (four, six)


def test_one_path_a_service(blueprint: Blueprint) -> None:
    (web,) = [item for item in blueprint.flows if item.id == "public-web"]
    assert [str(path.service) for path in paths_of(blueprint, web)] == ["tcp/443", "tcp/80"]


def test_a_gateway_meets_others_in_the_segment_that_they_share(blueprint: Blueprint) -> None:
    assert set(joined(blueprint, flow("vantage:operator", "host:gw"))) == {("ops", "ops")}
    assert set(joined(blueprint, flow("host:web", "host:gw"))) == {("dmz", "dmz")}


def test_what_the_site_does_not_build_has_no_path(blueprint: Blueprint, lab: Blueprint) -> None:
    later = date(2026, 7, 1)
    assert "school-levels" in {path.flow for path in paths(blueprint, later)}
    assert "school-levels" not in {path.flow for path in paths(lab, later)}
    assert list(paths_of(lab, flow("segment:p-school", "host:infra"))) == []


def test_a_flow_opens_nothing_before_its_first_and_after_its_last_day(blueprint: Blueprint) -> None:
    def open_on(day: date) -> set[str]:
        return {path.flow for path in paths(blueprint, day)}

    assert "school-levels" not in open_on(TODAY)
    assert "river-levels" in open_on(date(2026, 12, 31))
    assert "river-levels" not in open_on(date(2027, 1, 1))
