"""`lantu status`: zones, hosts and services at a glance."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from lab import engine, namespaces
from rich.table import Table

from inventory.model.hosts import Host
from lantu.console import Exit, Format, Lang, emit, leave, tables
from lantu.context import Context, Workspace, context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site

WORDS = {
    Lang.ZH: {
        "zone": "区域",
        "host": "主机",
        "kind": "类型",
        "state": "状态",
        "location": "场所",
        "engine": "引擎",
        "system": "系统",
        "proof": "最近一次验证",
        "none": "无",
        "vantage": "观察点",
        "up": "运行",
        "down": "停止",
    },
    Lang.EN: {
        "zone": "zone",
        "host": "host",
        "kind": "kind",
        "state": "state",
        "location": "location",
        "engine": "engine",
        "system": "system",
        "proof": "last proof",
        "none": "none",
        "vantage": "vantage point",
        "up": "running",
        "down": "down",
    },
}


def status(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Show engines, zones, hosts and systems, and whether they run. 运行状况

    Exit status: 0 all that was planned runs, 1 something does not, 4 wrong blueprint.

    Example:

        lantu status
    """
    seen = context(directory, site, lab, lang, output)
    found = look(seen)
    if output is Format.JSON:
        emit(found)
    else:
        show(found, lang)
    if not found["good"]:
        leave(Exit.DENIED)


def look(seen: Context) -> dict[str, Any]:
    """What is there now, as data. Changes nothing."""
    locations = [location(seen, workspace) for workspace in seen.workspaces]
    vantages = {
        vantage.id: namespaces.exists(seen.lab.vantage_namespace(vantage.id)) for vantage in seen.blueprint.vantages
    }
    proof = seen.lab.state / "proof.json"
    good = all(item["engine"] == "ready" and all(host["running"] for host in item["hosts"]) for item in locations)
    return {
        "schema": 2,
        "lab": seen.lab.name,
        "good": good and all(vantages.values()),
        "locations": locations,
        "vantages": vantages,
        "proof": last_proof(json.loads(proof.read_text())) if proof.exists() else None,
    }


def last_proof(document: dict[str, Any]) -> dict[str, Any]:
    return {"at": document["at"], "good": document["good"]}


def location(seen: Context, workspace: Workspace) -> dict[str, Any]:
    part = seen.blueprint.deployed_subset
    state = engine.status(workspace.lab).state
    running = running_hosts(workspace) if state is engine.EngineState.READY else {}
    zones = {
        zone.id: [segment.id for segment in part.segments_at(workspace.location) if segment.zone == zone.id]
        for zone in part.zones
    }
    return {
        "location": workspace.location.value,
        "engine": state.value,
        "zones": {zone: ids for zone, ids in zones.items() if ids},
        "hosts": [
            {
                "id": host.id,
                "kind": host.kind.value,
                "running": running.get(host.id) == "running",
                "systems": systems_at(seen, host),
            }
            for host in part.hosts_at(workspace.location)
        ],
    }


def running_hosts(workspace: Workspace) -> dict[str, str]:
    with closing(engine.client(workspace.lab)) as client:
        return {str(item.name): str(item.status) for item in client.containers.list(all=True)}


def systems_at(seen: Context, host: Host) -> list[str]:
    return [system.id for system in seen.blueprint.deployed_subset.systems if host.id in system.deployed_at]


def show(found: dict[str, Any], lang: Lang) -> None:
    words = WORDS[lang]
    console = tables()
    for item in found["locations"]:
        console.print(f"[bold]{words['location']} {item['location']}[/]  {words['engine']}: {item['engine']}")
        for zone, segments in item["zones"].items():
            console.print(f"  {words['zone']} {zone}: {' '.join(segments)}")
        table = Table(words["host"], words["kind"], words["state"], words["system"], box=None, padding=(0, 2))
        for host in item["hosts"]:
            mark = f"[green]●[/] {words['up']}" if host["running"] else f"[red]○[/] {words['down']}"
            table.add_row(host["id"], host["kind"], mark, " ".join(host["systems"]))
        console.print(table)
    for name, there in found["vantages"].items():
        console.print(f"{words['vantage']} {name}: {'[green]●[/]' if there else '[red]○[/]'}")
    proof = found["proof"]
    told = f"{proof['at']} {'[green]✓[/]' if proof['good'] else '[red]✗[/]'}" if proof else words["none"]
    console.print(f"{words['proof']}: {told}")
