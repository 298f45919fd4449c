"""What the namespace that a process is in looks like, as the machine's own tool tells it."""

from __future__ import annotations

import json
import subprocess
from ipaddress import ip_address, ip_interface
from typing import Any

from policies.verification.matrix.messages import Address, Interface
from policies.verification.matrix.witness import LOOPBACK

TOOL_SECONDS = 20


def links() -> dict[str, tuple[Interface, ...]]:
    """Link -> its addresses, the loopback left out."""
    rows = json.loads(run_tool(["ip", "-j", "address", "show"]))
    return {
        row["ifname"]: tuple(ip_interface(f"{item['local']}/{item['prefixlen']}") for item in row["addr_info"])
        for row in rows
        if row.get("ifname", LOOPBACK) != LOOPBACK
    }


def neighbours() -> dict[str, tuple[Address, ...]]:
    """Link -> addresses that it has had to do with."""
    found: dict[str, tuple[Address, ...]] = {}
    for row in json.loads(run_tool(["ip", "-j", "neighbour", "show"]) or "[]"):
        found[row["dev"]] = (*found.get(row["dev"], ()), ip_address(row["dst"]))
    return found


def routes() -> tuple[dict[str, Any], ...]:
    """All routes of all tables of both families, with `family`."""
    rows: list[dict[str, Any]] = []
    for family in ("-4", "-6"):
        found = json.loads(run_tool(["ip", family, "-j", "route", "show", "table", "all"]) or "[]")
        rows += [{**row, "family": int(family[1:])} for row in found]
    return tuple(rows)


def run_tool(argv: list[str], text: str = "") -> str:
    """What a tool printed; OSError with its words where it fails or is not there."""
    done = subprocess.run(argv, input=text, text=True, capture_output=True, check=False, timeout=TOOL_SECONDS)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return done.stdout
