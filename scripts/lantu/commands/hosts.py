"""`lantu hosts`: every host with its kind, interfaces and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inventory.texts.text import Text
from lantu.console import Format, emit, tables, word
from lantu.context import context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site

if TYPE_CHECKING:
    from inventory.model.blueprint import Blueprint
    from inventory.model.hosts import Host

HEADINGS = (
    Text("主机", "host"),
    Text("名称", "name"),
    Text("类型", "kind"),
    Text("场所", "location"),
    Text("地址", "addresses"),
)


def hosts(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """List the hosts that the site deploys, with their addresses. 主机一览

    Exit status: 0 listed, 4 invalid blueprint.

    Example:

        lantu hosts --lang zh
    """
    seen = context(directory, site, lab, lang, output)
    part = seen.blueprint.deployed_subset
    rows = [row(part, host) for host in part.hosts]
    if output is Format.JSON:
        emit({"schema": 2, "hosts": rows})
        return
    from rich.table import Table  # slow to import

    table = Table(*(heading.say(word(lang)) for heading in HEADINGS), box=None)
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
