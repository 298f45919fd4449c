"""How each host is wired and what it lets pass: running against declared, read back from the kernel."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import Any

from inventory.model.hosts import HostKind
from inventory.model.zones import LocationId, ZoneId
from inventory.rendering import network_configuration
from tests.estate.seen import NOWHERE, Seen

COUNTED = {"handle", "packets", "bytes", "index", "metainfo"}


def plain(value: Any) -> Any:
    """nft's JSON without what counts or numbers."""
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items() if key not in COUNTED}
    return [plain(child) for child in value] if isinstance(value, list) else value


def test_the_loaded_rules_are_those_of_the_blueprint(host: Seen) -> None:
    loaded, rendered = (plain(host.words["rules"][side]["nftables"]) for side in ("loaded", "rendered"))
    assert len(rendered) > 10, "the control: the text makes rules"
    assert loaded == rendered


def test_every_hook_drops_by_default(host: Seen) -> None:
    chains = [word["chain"] for word in host.words["rules"]["loaded"]["nftables"] if "chain" in word]
    assert {chain["hook"]: chain["policy"] for chain in chains} == {
        "input": "drop",
        "forward": "drop",
        "output": "drop",
    }


def test_links_are_called_by_their_segments(host: Seen) -> None:
    held = {(link["ifname"], one["local"]) for link in host.words["links"] for one in link.get("addr_info", [])}
    wanted = {
        (interface, str(address))
        for interface in host.declared.interfaces
        for address in host.blueprint.addresses(host.declared, interface)
    }
    assert wanted <= held


def declared_route(host: Seen, address: str) -> dict[str, str] | None:
    """The gateway and link that the blueprint gives for an address, by the longest prefix; None where it gives none."""
    wanted = ip_address(address)
    for interface in host.declared.interfaces:
        if any(wanted in prefix for prefix in host.blueprint.segment[interface].prefixes):
            return {"via": "", "dev": interface}
    lines = [line.split() for line in network_configuration.routes(host.blueprint, host.declared).splitlines()]
    routes = {ip_network(words[2]): words[4] for words in lines if words[:2] == ["route", "replace"]}
    fitting = [prefix for prefix in routes if wanted in prefix]
    if not fitting:
        return None
    via = routes[max(fitting, key=lambda prefix: prefix.prefixlen)]
    link = declared_route(host, via)
    return {"via": via, "dev": link["dev"] if link else ""}


def test_routes_lead_where_the_blueprint_says(host: Seen) -> None:
    """Into every segment, and to the Internet at large, as the kernel's own table answers."""
    asked = host.words["routes"]
    assert len(asked) > len(NOWHERE)
    assert asked == {address: declared_route(host, address) for address in asked}


def test_only_the_portal_answers_the_world(host: Seen) -> None:
    known = [host.words["routes"][address] is not None for address in NOWHERE]
    assert known == [host.declared.kind is HostKind.PORTAL] * 2


def test_the_intranet_knows_no_way_out_and_nobody_knows_a_way_in(host: Seen) -> None:
    """NO_ROUTE, not merely filtered: the routing table itself has no entry. The control is a route that does exist."""
    inside, outside = [], []
    for segment in host.blueprint.segments:
        found = [host.words["routes"][str(prefix[9])] for prefix in segment.prefixes]
        (inside if segment.zone is ZoneId.INTRANET else outside).extend(found)
    own, other = (inside, outside) if host.declared.location is LocationId.INTRANET else (outside, inside)
    assert any(own), "the control: the host's own place has routes"
    assert set(map(json.dumps, other)) == {"null"} if host.declared.kind is not HostKind.PORTAL else True


def test_only_gateways_and_nodes_forward(host: Seen) -> None:
    v4, v6 = host.words["forwards"]
    if host.declared.kind is HostKind.GATEWAY:
        assert (v4, v6) == ("1", "1")
    elif host.declared.kind is not HostKind.CLOUD_NODE:  # an engine inside forwards to its tasks; the rules say what
        assert (v4, v6) == ("0", "0")


def test_names_come_from_the_host_alone(host: Seen) -> None:
    """No resolver, not even the public one that a container engine falls back to."""
    assert "nameserver" not in host.words["resolv_conf"]
    assert host.words["stranger"] == ""


def test_the_host_knows_itself_and_whom_it_may_speak_to(host: Seen) -> None:
    known = {name for _, *names in host.words["names"] for name in names}
    everybody = {item.id for item in host.blueprint.hosts}
    assert host.id in known
    assert known - {"localhost"} <= {item.id for item in host.blueprint.hosts_at(host.declared.location)}
    assert known & everybody, "the control: names are seen"
