"""Ids and names: unique, and not reserved."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from inventory.checks.draft import WHAT, DraftBlueprint, grouped
from inventory.model.base import Model, Named
from inventory.texts.problems import Problem
from inventory.texts.text import Text

GROUPS = (("hosts", "vantages"), *((part,) for part in WHAT if part not in ("hosts", "vantages")))
"""Lists whose ids must be unique together; hosts and vantage points share one namespace."""
ENGINE_NAMES = {"lo", "all", "default", "docker0", "bridge", "host", "none", "ingress"}
"""Names of networks, interfaces and kernel settings that exist on every docker engine."""
ENGINE_PREFIXES = ("veth", "br-", "eth")
ANSIBLE_NAMES = {"all", "ungrouped", "localhost"}
LISTS = {
    "flows": ("service",),
    "systems": ("functions", "users", "former_names", "produces", "consumes", "reuses", "deployed_at"),
    "tasks": ("delivers",),
}


def ids(d: DraftBlueprint) -> Iterator[Problem]:
    """BP011: two entries with the same id."""
    for parts in GROUPS:
        entries = [entry for part in parts for entry in getattr(d.blueprint, part)]
        what = Text("或".join(WHAT[p].zh for p in parts), " or ".join(WHAT[p].en for p in parts))
        for first, *others in grouped(entries, lambda entry: entry.id):
            for other in others:
                yield Problem("BP011", other.at("id"), {"value": other.id, "what": what}, first.at("id"))


def display_names(d: DraftBlueprint) -> Iterator[Problem]:
    """BP022: two entries of one kind with the same display name, in either language."""
    for parts in GROUPS:
        entries = [entry for part in parts for entry in getattr(d.blueprint, part) if isinstance(entry, Named)]
        yield from _same_names(entries, "name_zh")
        yield from _same_names(entries, "name_en")


def _same_names(entries: list[Named], field: str) -> Iterator[Problem]:
    for first, *others in grouped(entries, lambda entry: _plain(getattr(entry, field))):
        for other in [item for item in others if item.id != first.id]:
            values = {"value": getattr(other, field), "other": first.id}
            yield Problem("BP022", other.at(field), values, first.at(field))


def _plain(name: str) -> str:
    """A name for comparison: width of characters, case and blanks are ignored."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def domains(d: DraftBlueprint) -> Iterator[Problem]:
    """BP026: two agencies with the same domain label."""
    for first, *others in grouped(d.blueprint.agencies, lambda agency: agency.domain):
        for other in others:
            values = {"value": other.domain, "agency": other.id, "other": first.id}
            yield Problem("BP026", other.at("domain"), values, first.at("domain"))


def reserved(d: DraftBlueprint) -> Iterator[Problem]:
    """BP038: a segment or host id that the docker engine, the kernel or Ansible reserves."""
    for segment in d.blueprint.segments:
        if segment.id in ENGINE_NAMES or segment.id.startswith(ENGINE_PREFIXES):
            values = {
                "what": WHAT["segments"],
                "value": segment.id,
                "by": Text(" Docker 引擎或内核", "the docker engine or kernel"),
            }
            yield Problem("BP038", segment.at("id"), values)
    for host in d.blueprint.hosts:
        if host.id in ANSIBLE_NAMES:
            values = {"what": WHAT["hosts"], "value": host.id, "by": Text(" Ansible ", "Ansible")}
            yield Problem("BP038", host.at("id"), values)


def repeated(d: DraftBlueprint) -> Iterator[Problem]:
    """BP055: a duplicate entry in a list."""
    for part, fields in LISTS.items():
        for entry in getattr(d.blueprint, part):
            for field in fields:
                yield from _repeated(entry, field, getattr(entry, field))
    for site in d.sites:
        yield from _repeated(site, "agencies", site.agencies)


def _repeated(entry: Model, field: str, values: Iterable[str]) -> Iterator[Problem]:
    for first, *others in grouped(enumerate(values), lambda item: item[1]):
        for index, word in others:
            yield Problem("BP055", entry.at(field, index), {"value": word, "field": field}, entry.at(field, first[0]))
