"""Find address conflicts before networks are created."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from netaddr import IPNetwork

from lab.commands import run
from lab.engine import connected
from lab.errors import LabError
from lab.paths import LabLocation


def taken(location: LabLocation, prefixes: Mapping[str, Sequence[str]]) -> list[LabError]:
    """LAB016 for each prefix (by network name) that another network or link of that engine overlaps."""
    held = [*_networks(location), *_links(location)]
    return [
        LabError("LAB016", f"{prefix} {owner}", prefix=text, network=name, location=location.name)
        for name, texts in prefixes.items()
        for text in texts
        for owner, prefix in held
        if owner != name and _overlap(IPNetwork(text), prefix)
    ]


def _overlap(prefix: IPNetwork, other: IPNetwork) -> bool:
    """Whether two prefixes overlap; prefixes of different families never do."""
    return prefix in other or other in prefix


def _networks(location: LabLocation) -> Iterator[tuple[str, IPNetwork]]:
    with connected(location) as engine:
        for network in engine.networks.list():
            for pool in network.attrs["IPAM"]["Config"] or []:
                yield str(network.name), IPNetwork(pool["Subnet"]).cidr


def _links(location: LabLocation) -> Iterator[tuple[str, IPNetwork]]:
    """Links with an address, except Docker's own bridges, whose addresses lie in the pools above."""
    pools = [prefix for _, prefix in _networks(location)]
    for link in json.loads(run(["ip", "-n", location.namespace, "-json", "address", "show"])):
        for address in link["addr_info"]:
            prefix = IPNetwork(f"{address['local']}/{address['prefixlen']}").cidr
            if address["scope"] == "global" and not any(_overlap(prefix, pool) for pool in pools):
                yield f"({link['ifname']})", prefix
