"""The state of a deployment: Docker engines, zones, hosts, systems, vantage points and the last verification."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from lab import engine, namespaces
from rich.table import Table

from inventory.model.hosts import Host
from inventory.texts.text import Text
from lantu.console import Exit, Format, Lang, emit, leave, tables, word
from lantu.context import LabContext, Workspace

WORDS = {
    "zone": Text("区域", "zone"),
    "host": Text("主机", "host"),
    "kind": Text("类型", "kind"),
    "state": Text("状态", "state"),
    "location": Text("场所", "location"),
    "engine": Text("Docker 引擎", "Docker engine"),
    "system": Text("系统", "system"),
    "proof": Text("最近一次验证", "last verification"),
    "none": Text("无", "none"),
    "vantage": Text("观察点", "vantage point"),
    "up": Text("运行", "running"),
    "down": Text("停止", "down"),
}


def run(context: LabContext) -> None:
    """Print the state, and end with status 1 if something is not running."""
    state = look(context)
    if context.format is Format.JSON:
        emit(state)
    else:
        show(state, context.lang)
    if not state["good"]:
        leave(Exit.DENIED)


def look(context: LabContext) -> dict[str, Any]:
    """The state as a document. Changes nothing."""
    locations = [location(context, workspace) for workspace in context.workspaces]
    vantages = {
        vantage.id: namespaces.exists(context.lab.vantage_namespace(vantage.id))
        for vantage in context.blueprint.vantages
    }
    proof = context.lab.state / "proof.json"
    good = all(item["engine"] == "ready" and all(host["running"] for host in item["hosts"]) for item in locations)
    return {
        "schema": 2,
        "lab": context.lab.name,
        "good": good and all(vantages.values()),
        "locations": locations,
        "vantages": vantages,
        "proof": last_proof(json.loads(proof.read_text())) if proof.exists() else None,
    }


def last_proof(document: dict[str, Any]) -> dict[str, Any]:
    return {"at": document["at"], "good": document["good"]}


def location(context: LabContext, workspace: Workspace) -> dict[str, Any]:
    part = context.blueprint.deployed_subset
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
                "systems": systems_at(context, host),
            }
            for host in part.hosts_at(workspace.location)
        ],
    }


def running_hosts(workspace: Workspace) -> dict[str, str]:
    with closing(engine.client(workspace.lab)) as client:
        return {str(item.name): str(item.status) for item in client.containers.list(all=True)}


def systems_at(context: LabContext, host: Host) -> list[str]:
    return [system.id for system in context.blueprint.deployed_subset.systems if host.id in system.deployed_at]


def show(state: dict[str, Any], lang: Lang) -> None:
    words = {name: text.say(word(lang)) for name, text in WORDS.items()}
    console = tables()
    for item in state["locations"]:
        console.print(f"[bold]{words['location']} {item['location']}[/]  {words['engine']}: {item['engine']}")
        for zone, segments in item["zones"].items():
            console.print(f"  {words['zone']} {zone}: {' '.join(segments)}")
        table = Table(words["host"], words["kind"], words["state"], words["system"], box=None, padding=(0, 2))
        for host in item["hosts"]:
            mark = f"[green]●[/] {words['up']}" if host["running"] else f"[red]○[/] {words['down']}"
            table.add_row(host["id"], host["kind"], mark, " ".join(host["systems"]))
        console.print(table)
    for name, exists in state["vantages"].items():
        console.print(f"{words['vantage']} {name}: {'[green]●[/]' if exists else '[red]○[/]'}")
    proof = state["proof"]
    last = f"{proof['at']} {'[green]✓[/]' if proof['good'] else '[red]✗[/]'}" if proof else words["none"]
    console.print(f"{words['proof']}: {last}")
