"""The release and the image of a host."""

from __future__ import annotations

from dataclasses import replace

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import HostKind, Release
from inventory.model.images import image_of


def test_hosts_run_debian_12_by_default(blueprint: Blueprint) -> None:
    assert {blueprint.release_of(host) for host in blueprint.hosts} == {"12"}
    kinds = {(host.kind, image_of(blueprint, host)) for host in blueprint.hosts}
    assert {kind for kind in kinds if kind[1] != "base"} == {
        (HostKind.PORTAL, "portal"),
        (HostKind.CLOUD_NODE, "cloud"),
    }


def test_a_host_s_own_release_comes_before_its_site_s(blueprint: Blueprint) -> None:
    hosts = [
        host.model_copy(update={"release": Release.DEBIAN_12}) if host.id == "node1" else host
        for host in blueprint.hosts
    ]
    site = blueprint.site.model_copy(update={"release": Release.DEBIAN_13})
    built = replace(blueprint, hosts=tuple(hosts), site=site).deployed_subset
    images = {host.id: image_of(built, host) for host in built.hosts}
    assert (images["node1"], images["node2"], images["web"], images["gw"]) == ("cloud", "cloud13", "portal13", "base13")
