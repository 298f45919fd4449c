"""Network configuration and ruleset of each host: the kernel's state against the blueprint."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import Any

from inventory.model.hosts import HostKind
from inventory.model.zones import LocationId, ZoneId
from inventory.rendering import network_configuration
from tests.estate.checked_hosts import DOCUMENTATION_ADDRESSES, CheckedHost

VOLATILE = {"handle", "packets", "bytes", "index", "metainfo"}


def plain(value: Any) -> Any:
    """nft's JSON without counters and handles."""
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items() if key not in VOLATILE}
    return [plain(child) for child in value] if isinstance(value, list) else value


def test_the_loaded_rules_are_those_of_the_blueprint(host: CheckedHost) -> None:
    loaded, rendered = (plain(host.facts["rules"][side]["nftables"]) for side in ("loaded", "rendered"))
    assert len(rendered) > 10, "the control: the text has rules"
    assert loaded == rendered


def test_every_hook_drops_by_default(host: CheckedHost) -> None:
    chains = [entry["chain"] for entry in host.facts["rules"]["loaded"]["nftables"] if "chain" in entry]
    assert {chain["hook"]: chain["policy"] for chain in chains} == {
        "input": "drop",
        "forward": "drop",
        "output": "drop",
    }


def test_links_have_the_names_and_addresses_of_their_segments(host: CheckedHost) -> None:
    existing = {(link["ifname"], item["local"]) for link in host.facts["links"] for item in link.get("addr_info", [])}
    expected = {
        (interface, str(address))
        for interface in host.declared.interfaces
        for address in host.blueprint.addresses(host.declared, interface)
    }
    assert expected <= existing


def declared_route(host: CheckedHost, address: str) -> dict[str, str] | None:
    """Gateway and link of an address in the blueprint, by the longest prefix; None if it has no route."""
    target = ip_address(address)
    for interface in host.declared.interfaces:
        if any(target in prefix for prefix in host.blueprint.segment[interface].prefixes):
            return {"via": "", "dev": interface}
    lines = [line.split() for line in network_configuration.routes(host.blueprint, host.declared).splitlines()]
    routes = {ip_network(words[2]): words[4] for words in lines if words[:2] == ["route", "replace"]}
    matching = [prefix for prefix in routes if target in prefix]
    if not matching:
        return None
    via = routes[max(matching, key=lambda prefix: prefix.prefixlen)]
    link = declared_route(host, via)
    return {"via": via, "dev": link["dev"] if link else ""}


def test_routes_are_those_of_the_blueprint(host: CheckedHost) -> None:
    """To every segment and to the Internet, from the kernel's routing table."""
    routes = host.facts["routes"]
    assert len(routes) > len(DOCUMENTATION_ADDRESSES)
    assert routes == {address: declared_route(host, address) for address in routes}


def test_only_the_portal_has_routes_to_the_internet(host: CheckedHost) -> None:
    has_route = [host.facts["routes"][address] is not None for address in DOCUMENTATION_ADDRESSES]
    assert has_route == [host.declared.kind is HostKind.PORTAL] * 2


def test_there_is_no_route_between_the_locations(host: CheckedHost) -> None:
    """NO_ROUTE, not merely filtered: the routing table has no entry. The control is an existing route."""
    inside, outside = [], []
    for segment in host.blueprint.segments:
        routes = [host.facts["routes"][str(prefix[9])] for prefix in segment.prefixes]
        (inside if segment.zone is ZoneId.INTRANET else outside).extend(routes)
    own, other = (inside, outside) if host.declared.location is LocationId.INTRANET else (outside, inside)
    assert any(own), "the control: there are routes inside its own location"
    assert set(map(json.dumps, other)) == {"null"} if host.declared.kind is not HostKind.PORTAL else True


def test_only_gateways_and_nodes_forward(host: CheckedHost) -> None:
    v4, v6 = host.facts["forwards"]
    if host.declared.kind is HostKind.GATEWAY:
        assert (v4, v6) == ("1", "1")
    elif (
        host.declared.kind is not HostKind.CLOUD_NODE
    ):  # its docker engine forwards to tasks, and the ruleset limits that
        assert (v4, v6) == ("0", "0")


def test_hosts_have_no_resolver(host: CheckedHost) -> None:
    """Not even the public one that the docker engine falls back to."""
    assert "nameserver" not in host.facts["resolv_conf"]
    assert host.facts["public_name"] == ""


def test_names_are_limited_to_the_location(host: CheckedHost) -> None:
    names = {name for _, *names in host.facts["names"] for name in names}
    all_ids = {item.id for item in host.blueprint.hosts}
    assert host.id in names
    assert names - {"localhost"} <= {item.id for item in host.blueprint.hosts_at(host.declared.location)}
    assert names & all_ids, "the control: names are listed"
