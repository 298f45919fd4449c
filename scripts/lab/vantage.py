"""Vantage points: users outside the hosts, as network namespaces with an interface in one or more segments.

The machine's own namespace gets no interface: each veth pair is created directly between its two namespaces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface, ip_network
from typing import Any

from lab import namespaces
from lab.commands import attempt, run
from lab.errors import LabError
from lab.paths import LabLocation


@dataclass(frozen=True, slots=True)
class VantageInterface:
    """A link `name` into the bridge of one segment; `addresses` are ADDRESS/LENGTH of either family."""

    location: LabLocation
    bridge: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VantageRoute:
    """A route to a prefix of either family through a gateway that an interface can reach."""

    prefix: str
    via: str


@dataclass(frozen=True, slots=True)
class VantageNamespace:
    """`namespace` is the name in `nsenter --net=/run/netns/…`; Lab.vantage_namespace() returns it."""

    namespace: str
    interfaces: tuple[VantageInterface, ...]
    routes: tuple[VantageRoute, ...] = ()


def port(vantage: VantageNamespace, interface: VantageInterface) -> str:
    """The stable name, of at most 15 characters, of the interface's peer in the engine's namespace."""
    return "vp-" + hashlib.sha256(f"{vantage.namespace}/{interface.name}".encode()).hexdigest()[:12]


def ensure(vantage: VantageNamespace) -> bool:
    """Create the vantage point as described; True if anything changed. If it differs, it is recreated.

    LAB018 if an engine does not have the bridge yet.
    """
    if present(vantage):
        return False
    for interface in vantage.interfaces:
        if not _links(interface.location.namespace, interface.bridge):
            raise LabError(
                "LAB018",
                f"no link {interface.bridge} in {interface.location.namespace}",
                vantage=vantage.namespace,
                bridge=interface.bridge,
                location=interface.location.name,
            )
    remove(vantage)
    namespaces.ensure(vantage.namespace)
    # a new namespace inherits the machine's forwarding; a vantage point must not route
    namespaces.sysctl(
        vantage.namespace,
        {"net.ipv4.ip_forward": 0, "net.ipv6.conf.all.forwarding": 0, "net.ipv6.conf.default.accept_ra": 0},
    )
    for interface in vantage.interfaces:
        _attach(vantage, interface)
    for route in vantage.routes:
        run(["ip", "-n", vantage.namespace, "route", "add", route.prefix, "via", route.via])
    return True


def _attach(vantage: VantageNamespace, interface: VantageInterface) -> None:
    here, there, end = vantage.namespace, interface.location.namespace, port(vantage, interface)
    run(["ip", "link", "add", interface.name, "netns", here, "type", "veth", "peer", "name", end, "netns", there])
    run(["ip", "-n", there, "link", "set", end, "master", interface.bridge, "up"])
    run(["ip", "-n", here, "link", "set", interface.name, "up"])
    for address in interface.addresses:
        unchecked = ["nodad"] if ip_interface(address).version == 6 else []
        run(["ip", "-n", here, "address", "add", address, "dev", interface.name, *unchecked])


def present(vantage: VantageNamespace) -> bool:
    """True if exactly the described links, bridges, addresses and routes exist."""
    if not namespaces.exists(vantage.namespace):
        return False
    return (
        all(_has_interface(vantage, interface) for interface in vantage.interfaces)
        and {link["ifname"] for link in _ip(vantage.namespace, "link")}
        == {"lo", *(interface.name for interface in vantage.interfaces)}
        and set(_routes(vantage.namespace)) == {(str(ip_network(route.prefix)), route.via) for route in vantage.routes}
    )


def remove(vantage: VantageNamespace) -> None:
    """Remove the namespace and the peers of its links.

    The kernel removes the peers later, or not at all while a process keeps the namespace alive.
    """
    namespaces.remove(vantage.namespace)
    for interface in vantage.interfaces:
        end = port(vantage, interface)
        attempt(["ip", "-n", interface.location.namespace, "link", "delete", end])  # fails if it has just been removed
        if _links(interface.location.namespace, end):
            raise LabError("LAB012", f"{end} in {interface.location.namespace}", what=vantage.namespace)


def _has_interface(vantage: VantageNamespace, interface: VantageInterface) -> bool:
    ends = _links(interface.location.namespace, port(vantage, interface))
    here = [link for link in _ip(vantage.namespace, "address") if link["ifname"] == interface.name]
    found = {
        f"{address['local']}/{address['prefixlen']}"
        for link in here
        for address in link["addr_info"]
        if address["scope"] == "global"
    }
    expected = {str(ip_interface(address)) for address in interface.addresses}
    return bool(ends) and ends[0].get("master") == interface.bridge and found == expected


def _links(namespace: str, name: str) -> list[dict[str, Any]]:
    """The link of that name, or none, also if the namespace does not exist."""
    done = attempt(["ip", "-n", namespace, "-json", "link", "show", "dev", name])
    links: list[dict[str, Any]] = json.loads(done.stdout) if done.returncode == 0 else []
    return links


def _ip(namespace: str, what: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run(["ip", "-n", namespace, "-json", what, "show"]))
    return rows


def _routes(namespace: str) -> Iterator[tuple[str, str]]:
    """Prefix and gateway of every route that the kernel did not add."""
    for family in ("-4", "-6"):
        for row in json.loads(run(["ip", "-n", namespace, family, "-json", "route", "show"])):
            if "gateway" in row:
                anywhere = "0.0.0.0/0" if family == "-4" else "::/0"
                yield str(ip_network(anywhere if row["dst"] == "default" else row["dst"])), row["gateway"]
