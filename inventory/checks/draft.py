"""A blueprint while it is judged: what could be read of it, and what could not."""

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
"""What one entry of each list is called."""
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
    """Fields of the blueprint that are wrong are None, or lists without their wrong entries: see `complete`."""

    blueprint: Blueprint
    day: date
    documents: Mapping[str, Document]
    sites: tuple[Site, ...]
    left_out: Mapping[str, frozenset[str]]
    """Lists that are not whole, with the ids of the entries left out."""
    unknown: frozenset[str]
    """Fields of which nothing can be said, and lists with entries left out whose id nobody knows."""

    def complete(self, *parts: str) -> bool:
        """Whether all entries of these lists, or these values, are there."""
        return not any(part in self.unknown or part in self.left_out for part in parts)

    def at(self, file: str, *steps: Step) -> SourceLocation:
        """The place of a value that belongs to no entry."""
        return self.documents[file].location(steps)

    def sound(self) -> DraftBlueprint:
        """Without the hosts and vantage points whose segments are not all known: the rest can be judged together."""
        b = self.blueprint
        hosts = tuple(host for host in b.hosts if all(interface in b.segment for interface in host.interfaces))
        vantages = tuple(vantage for vantage in b.vantages if vantage.segment in b.segment)
        left_out = dict(self.left_out)
        for part, kept, given in (("hosts", hosts, b.hosts), ("vantages", vantages, b.vantages)):
            if len(kept) < len(given):
                left_out[part] = left_out.get(part, frozenset()) | _lost(given, kept)
        return replace(self, blueprint=replace(b, hosts=hosts, vantages=vantages), left_out=left_out)


def _lost(given: Iterable[Host | Vantage], kept: Iterable[Host | Vantage]) -> frozenset[str]:
    return frozenset(item.id for item in given) - frozenset(item.id for item in kept)


def grouped(things: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    """Things with the same key, in the order of the files, where there are several."""
    groups: dict[object, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return [group for group in groups.values() if len(group) > 1]
