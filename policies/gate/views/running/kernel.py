"""Kernel state of a network namespace: output of `ip -j`, `ss` and /proc -> NamespaceState."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.gate.model import KernelRoute, Link, NamespaceState, Socket

SYSCTLS = (
    "net.ipv4.ip_forward",
    "net.ipv6.conf.all.forwarding",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.ipv4.conf.all.proxy_arp",
    "net.ipv4.conf.all.route_localnet",
)
"""Kernel parameters that can open a path."""
CLASSIFIERS = ("ingress", "clsact")
"""Queueing disciplines whose filters process packets before nftables."""
LINK_LOCAL = ("fe80::/64", "ff00::/8", "multicast")


def namespace_state(name: str, kind: str, outputs: Mapping[str, str]) -> NamespaceState:
    """`outputs` has the outputs of `queries.COMMANDS`."""
    return NamespaceState(
        id=name,
        kind=kind,
        links=tuple(_links(json.loads(outputs["links"] or "[]"))),
        routes=(
            *_routes(json.loads(outputs["routes4"] or "[]"), 4),
            *_routes(json.loads(outputs["routes6"] or "[]"), 6),
        ),
        sockets=tuple(_sockets(outputs["sockets"])),
        sysctls=dict(_sysctls(outputs["sysctls"])),
        diverts=tuple(_diverts(json.loads(outputs["queues"] or "[]"), json.loads(outputs["links"] or "[]"))),
        tables=tuple(line.removeprefix("table ").strip() for line in outputs["tables"].splitlines()),
        at=f"{kind} {name}",
    )


def _links(documents: list[Mapping[str, Any]]) -> Iterator[Link]:
    for document in documents:
        kind = (document.get("linkinfo") or {}).get("info_kind") or document.get("link_type") or ""
        held = (address["local"] for address in document.get("addr_info", ()) if address.get("scope") != "link")
        yield Link(id=document["ifname"], kind=kind, master=document.get("master") or "", addresses=tuple(held))


def _routes(documents: list[Mapping[str, Any]], version: int) -> Iterator[KernelRoute]:
    everything = "0.0.0.0/0" if version == 4 else "::/0"
    for document in documents:
        if document.get("table") == "local":  # the host's own addresses
            continue
        prefix = everything if document["dst"] == "default" else document["dst"]
        if prefix not in LINK_LOCAL:
            yield KernelRoute(id=prefix, via=document.get("gateway") or "", link=document.get("dev") or "")


def _sysctls(text: str) -> Iterator[tuple[str, str]]:
    """Lines of `grep`: file, colon, value."""
    for line in text.splitlines():
        file, _, value = line.partition(":")
        yield file.removeprefix("/proc/sys/").replace("/", "."), value


def _diverts(queues: list[Mapping[str, Any]], links: list[Mapping[str, Any]]) -> Iterator[str]:
    yield from (f"{queue['dev']} {queue['kind']}" for queue in queues if queue["kind"] in CLASSIFIERS)
    yield from (f"{link['ifname']} xdp" for link in links if link.get("xdp"))


def _sockets(text: str) -> Iterator[Socket]:
    """Lines of `ss -Hntul`: protocol, state, two queues, local, peer."""
    for line in text.splitlines():
        words = line.split()
        ip, _, port = words[4].rpartition(":")
        yield Socket(protocol=words[0], port=int(port), ip=ip.strip("[]").partition("%")[0])
