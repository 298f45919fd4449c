"""Links, addresses and routes as planned: what the kernel has against the files that it was given at boot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_interface, ip_network
from typing import Any

from .changes import Run, StateError, must

Routes = set[tuple[str, str]]
"""Prefix and gateway."""
Held = set[tuple[str, str]]
"""Link and address; the prefix length is the link's own affair."""
ANYWHERE = {"-4": "0.0.0.0/0", "-6": "::/0"}


def network(run: Run, wanted: Mapping[str, Any] | None) -> None:
    """Has the unit apply the files again where the kernel differs, and refuses what that does not mend."""
    if wanted is None:
        return
    held, routes = _planned(run, wanted)
    found = _difference(held, routes)
    if not found:
        return
    run.change("links, addresses and routes", lambda: _apply(wanted["unit"]), found, "as planned")
    left = "" if run.check else _difference(held, routes)
    if left:
        raise StateError("links, addresses and routes", left, "as planned", f"see journalctl -u {wanted['unit']}")


def _planned(run: Run, wanted: Mapping[str, Any]) -> tuple[Held, Routes]:
    """From lines `ADDRESS LINK`, `address replace ADDRESS dev LINK …`, `route replace PREFIX via GATEWAY`."""
    held: Held = set()
    routes: Routes = set()
    for line in run.content(wanted["links"]).decode().splitlines():
        address, link = line.split()
        held.add((link, address))
    for line in run.content(wanted["routes"]).decode().splitlines():
        words = line.split()
        if words[:2] == ["address", "replace"]:
            held.add((words[4], str(ip_interface(words[2]).ip)))
        elif words[:2] == ["route", "replace"]:
            routes.add((str(ip_network(words[2])), words[4]))
        elif words and not words[0].startswith("#"):
            raise StateError(wanted["routes"], line, "address replace …, route replace …", "mend the inventory")
    return held, routes


def _difference(held: Held, routes: Routes) -> str:
    """What the kernel lacks, and which gateways it knows that nobody planned."""
    live_held, live_routes = _held(), _routes()
    lines = [f"no {address} on {link}" for link, address in sorted(held - live_held)]
    lines += [f"no route to {prefix} via {via}" for prefix, via in sorted(routes - live_routes)]
    lines += [f"unplanned route to {prefix} via {via}" for prefix, via in sorted(live_routes - routes)]
    return "\n".join(lines)


def _held() -> Held:
    links = json.loads(must(["ip", "-json", "address", "show"], "ip address", "install iproute2"))
    return {(link["ifname"], one["local"]) for link in links for one in link.get("addr_info", []) if "local" in one}


def _routes() -> Routes:
    found: Routes = set()
    for family, anywhere in ANYWHERE.items():
        for row in json.loads(must(["ip", family, "-json", "route", "show"], "ip route", "install iproute2") or "[]"):
            if "gateway" in row:
                found.add((str(ip_network(anywhere if row["dst"] == "default" else row["dst"])), row["gateway"]))
    return found


def _apply(unit: str) -> None:
    must(["systemctl", "restart", unit], "links, addresses and routes", f"see journalctl -u {unit}")
