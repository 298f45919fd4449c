"""Links, addresses and routes: the kernel's state against the network configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_interface, ip_network
from typing import Any

from .changes import Run, StateError, must

Routes = set[tuple[str, str]]
"""Prefix and gateway."""
LinkAddresses = set[tuple[str, str]]
"""Link and address, without the prefix length."""
ANYWHERE = {"-4": "0.0.0.0/0", "-6": "::/0"}


def network(run: Run, state: Mapping[str, Any] | None) -> None:
    """Restarts the unit if the kernel's state differs. StateError if it still differs afterwards."""
    if state is None:
        return
    held, routes = _planned(run, state)
    difference = _difference(held, routes)
    if not difference:
        return
    run.change("links, addresses and routes", lambda: _apply(state["unit"]), difference, "as planned")
    left = "" if run.check else _difference(held, routes)
    if left:
        raise StateError("links, addresses and routes", left, "as planned", f"see journalctl -u {state['unit']}")


def _planned(run: Run, state: Mapping[str, Any]) -> tuple[LinkAddresses, Routes]:
    """From lines `ADDRESS LINK`, `address replace ADDRESS dev LINK …`, `route replace PREFIX via GATEWAY`."""
    held: LinkAddresses = set()
    routes: Routes = set()
    for line in run.content(state["links"]).decode().splitlines():
        address, link = line.split()
        held.add((link, address))
    for line in run.content(state["routes"]).decode().splitlines():
        words = line.split()
        if words[:2] == ["address", "replace"]:
            held.add((words[4], str(ip_interface(words[2]).ip)))
        elif words[:2] == ["route", "replace"]:
            routes.add((str(ip_network(words[2])), words[4]))
        elif words and not words[0].startswith("#"):
            raise StateError(state["routes"], line, "address replace …, route replace …", "correct the inventory")
    return held, routes


def _difference(held: LinkAddresses, routes: Routes) -> str:
    """Missing addresses and routes, and unplanned routes through gateways."""
    live_held, live_routes = _held(), _routes()
    lines = [f"no {address} on {link}" for link, address in sorted(held - live_held)]
    lines += [f"no route to {prefix} via {via}" for prefix, via in sorted(routes - live_routes)]
    lines += [f"unplanned route to {prefix} via {via}" for prefix, via in sorted(live_routes - routes)]
    return "\n".join(lines)


def _held() -> LinkAddresses:
    links = json.loads(must(["ip", "-json", "address", "show"], "ip address", "install iproute2"))
    return {(link["ifname"], item["local"]) for link in links for item in link.get("addr_info", []) if "local" in item}


def _routes() -> Routes:
    routes: Routes = set()
    for family, anywhere in ANYWHERE.items():
        for row in json.loads(must(["ip", family, "-json", "route", "show"], "ip route", "install iproute2") or "[]"):
            if "gateway" in row:
                routes.add((str(ip_network(anywhere if row["dst"] == "default" else row["dst"])), row["gateway"]))
    return routes


def _apply(unit: str) -> None:
    must(["systemctl", "restart", unit], "links, addresses and routes", f"see journalctl -u {unit}")
