"""A blueprint while it is checked: the parts that could be read, and which parts could not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, Vantage
from inventory.model.sites import Site
from inventory.source.document import Document, Step
from inventory.source.location import SourceLocation
from inventory.texts.text import Text

T = TypeVar("T")

WHAT = {
    "agencies": Text("单位", "agency"),
    "zones": Text("区域", "zone"),
    "segments": Text("网段", "segment"),
    "hosts": Text("主机", "host"),
    "vantages": Text("观察点", "vantage point"),
    "flows": Text("流", "flow"),
    "systems": Text("系统", "system"),
    "resources": Text("资源", "resource"),
    "exchanges": Text("交换", "exchange"),
    "tasks": Text("任务", "task"),
    "service_halls": Text("办事大厅", "service hall"),
}
"""List -> name of one of its entries."""
FILE_OF = {
    "agencies": "agencies.yaml",
    "zones": "zones.yaml",
    "segments": "zones.yaml",
    "hosts": "hosts.yaml",
    "vantages": "hosts.yaml",
    "flows": "flows.yaml",
    "systems": "systems.yaml",
    "resources": "catalogue.yaml",
    "exchanges": "exchange.yaml",
    "tasks": "programme.yaml",
    "service_halls": "programme.yaml",
}


@dataclass(frozen=True)
class DraftBlueprint:
    """Invalid fields of the blueprint are None, and invalid entries are left out of their lists: see `complete`."""

    blueprint: Blueprint
    day: date
    documents: Mapping[str, Document]
    sites: tuple[Site, ...]
    left_out: Mapping[str, frozenset[str]]
    """Incomplete lists, with the ids of the entries that were left out."""
    unknown: frozenset[str]
    """Fields that could not be read, and lists with left-out entries whose id is unknown."""

    def complete(self, *parts: str) -> bool:
        """Whether these values, and all entries of these lists, could be read."""
        return not any(part in self.unknown or part in self.left_out for part in parts)

    def at(self, file: str, *steps: Step) -> SourceLocation:
        """Source location of a value that belongs to no entry."""
        return self.documents[file].location(steps)

    def sound(self) -> DraftBlueprint:
        """The draft without the hosts and vantage points that refer to segments that do not exist."""
        b = self.blueprint
        hosts = tuple(host for host in b.hosts if all(interface in b.segment for interface in host.interfaces))
        vantages = tuple(vantage for vantage in b.vantages if vantage.segment in b.segment)
        left_out = dict(self.left_out)
        for part, kept, declared in (("hosts", hosts, b.hosts), ("vantages", vantages, b.vantages)):
            if len(kept) < len(declared):
                left_out[part] = left_out.get(part, frozenset()) | _removed(declared, kept)
        return replace(self, blueprint=replace(b, hosts=hosts, vantages=vantages), left_out=left_out)


def _removed(declared: Iterable[Host | Vantage], kept: Iterable[Host | Vantage]) -> frozenset[str]:
    return frozenset(item.id for item in declared) - frozenset(item.id for item in kept)


def grouped(items: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    """Groups of two or more items with the same key, in file order."""
    groups: dict[object, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [group for group in groups.values() if len(group) > 1]
