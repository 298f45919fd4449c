"""Address ranges that an engine cannot give, found before anything asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

from lab.commands import run
from lab.engine import connected
from lab.errors import LabError
from lab.paths import LabLocation

Prefix = IPv4Network | IPv6Network


def taken(location: LabLocation, prefixes: Mapping[str, Sequence[str]]) -> list[LabError]:
    """LAB016 for each prefix (by network name) that another network or link of that engine overlaps."""
    held = [*_networks(location), *_links(location)]
    return [
        LabError("LAB016", f"{prefix} {owner}", prefix=text, network=name, location=location.name)
        for name, texts in prefixes.items()
        for text in texts
        for owner, prefix in held
        if owner != name and _overlap(ip_network(text), prefix)
    ]


def _overlap(prefix: Prefix, other: Prefix) -> bool:
    if isinstance(prefix, IPv4Network):
        return isinstance(other, IPv4Network) and prefix.overlaps(other)
    return isinstance(other, IPv6Network) and prefix.overlaps(other)


def _networks(location: LabLocation) -> Iterator[tuple[str, Prefix]]:
    with connected(location) as engine:
        for network in engine.networks.list():
            for pool in network.attrs["IPAM"]["Config"] or []:
                yield str(network.name), ip_network(pool["Subnet"], strict=False)


def _links(location: LabLocation) -> Iterator[tuple[str, Prefix]]:
    """Links with an address that Docker did not make: its bridges' addresses lie in the pools above."""
    pools = [prefix for _, prefix in _networks(location)]
    for link in json.loads(run(["ip", "-n", location.namespace, "-json", "address", "show"])):
        for address in link["addr_info"]:
            prefix = ip_interface(f"{address['local']}/{address['prefixlen']}").network
            if address["scope"] == "global" and not any(_overlap(prefix, pool) for pool in pools):
                yield f"({link['ifname']})", prefix
