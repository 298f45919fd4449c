"""The state of the current network namespace, as `ip` prints it."""

from __future__ import annotations

import json
import subprocess
from ipaddress import ip_address, ip_interface
from typing import Any

from policies.verification.matrix.messages import Address, Interface
from policies.verification.matrix.witness import LOOPBACK

TOOL_SECONDS = 20


def links() -> dict[str, tuple[Interface, ...]]:
    """Interface -> its addresses, without the loopback."""
    rows = json.loads(run_tool(["ip", "-j", "address", "show"]))
    return {
        row["ifname"]: tuple(ip_interface(f"{item['local']}/{item['prefixlen']}") for item in row["addr_info"])
        for row in rows
        if row.get("ifname", LOOPBACK) != LOOPBACK
    }


def neighbours() -> dict[str, tuple[Address, ...]]:
    """Interface -> addresses in its neighbour table."""
    neighbours: dict[str, tuple[Address, ...]] = {}
    for row in json.loads(run_tool(["ip", "-j", "neighbour", "show"]) or "[]"):
        neighbours[row["dev"]] = (*neighbours.get(row["dev"], ()), ip_address(row["dst"]))
    return neighbours


def routes() -> tuple[dict[str, Any], ...]:
    """All routes of all tables of both families, with `family`."""
    rows: list[dict[str, Any]] = []
    for family in ("-4", "-6"):
        routes = json.loads(run_tool(["ip", family, "-j", "route", "show", "table", "all"]) or "[]")
        rows += [{**row, "family": int(family[1:])} for row in routes]
    return tuple(rows)


def run_tool(argv: list[str], text: str = "") -> str:
    """The output of a tool; OSError with its message if it fails or is missing."""
    done = subprocess.run(argv, input=text, text=True, capture_output=True, check=False, timeout=TOOL_SECONDS)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return done.stdout
