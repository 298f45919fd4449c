"""`lantu hosts`: every host with its kind, its legs and their addresses."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host
from lantu.console import Format, Lang, emit, tables
from lantu.context import context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site

HEADINGS = {
    Lang.ZH: ("主机", "名称", "类型", "场所", "地址"),
    Lang.EN: ("host", "name", "kind", "location", "addresses"),
}


def hosts(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """List the hosts that the site realises, with their addresses. 主机一览

    Exit status: 0 listed, 4 wrong blueprint.

    Example:

        lantu hosts --lang zh
    """
    seen = context(directory, site, lab, lang, output)
    part = seen.blueprint.deployed_subset
    rows = [row(part, host) for host in part.hosts]
    if output is Format.JSON:
        emit({"schema": 2, "hosts": rows})
        return
    table = Table(*HEADINGS[lang], box=None)
    for entry in rows:
        interfaces = "\n".join(f"{interface}: {pair[0]}  {pair[1]}" for interface, pair in entry["interfaces"].items())
        table.add_row(entry["id"], entry["name"][lang.value], entry["kind"], entry["location"], interfaces)
    tables().print(table)


def row(part: Blueprint, host: Host) -> dict[str, Any]:
    pairs = {interface: part.addresses(host, interface) for interface in host.interfaces}
    return {
        "id": host.id,
        "name": {"zh": host.name_zh, "en": host.name_en},
        "kind": host.kind.value,
        "location": host.location.value,
        "agency": host.agency,
        "interfaces": {interface: [str(pair.ipv4), str(pair.ipv6)] for interface, pair in pairs.items()},
    }
