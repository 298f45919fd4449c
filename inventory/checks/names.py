"""Ids and names: each once, none that the machinery keeps for itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from inventory.checks.draft import WHAT, DraftBlueprint, grouped
from inventory.model.base import Model, Named
from inventory.texts.problems import Problem
from inventory.texts.text import Text

GROUPS = (("hosts", "vantages"), *((part,) for part in WHAT if part not in ("hosts", "vantages")))
"""Lists whose ids have to differ; hosts and vantage points share one room of names."""
ENGINE_NAMES = {"lo", "all", "default", "docker0", "bridge", "host", "none", "ingress"}
"""Names of networks, interfaces and kernel settings that every engine has."""
ENGINE_PREFIXES = ("veth", "br-", "eth")
ANSIBLE_NAMES = {"all", "ungrouped", "localhost"}
LISTS = {
    "flows": ("service",),
    "systems": ("functions", "users", "former_names", "produces", "consumes", "reuses", "deployed_at"),
    "tasks": ("delivers",),
}


def ids(d: DraftBlueprint) -> Iterator[Problem]:
    """BP011: two entries with one id."""
    for parts in GROUPS:
        things = [thing for part in parts for thing in getattr(d.blueprint, part)]
        what = Text("或".join(WHAT[p].zh for p in parts), " or ".join(WHAT[p].en for p in parts))
        for first, *others in grouped(things, lambda thing: thing.id):
            for other in others:
                yield Problem("BP011", other.at("id"), {"value": other.id, "what": what}, first.at("id"))


def display_names(d: DraftBlueprint) -> Iterator[Problem]:
    """BP022: two things of one kind may not be called the same, in either language."""
    for parts in GROUPS:
        things = [thing for part in parts for thing in getattr(d.blueprint, part) if isinstance(thing, Named)]
        yield from _called_the_same(things, "name_zh")
        yield from _called_the_same(things, "name_en")


def _called_the_same(things: list[Named], field: str) -> Iterator[Problem]:
    for first, *others in grouped(things, lambda thing: _plain(getattr(thing, field))):
        for other in [item for item in others if item.id != first.id]:
            values = {"value": getattr(other, field), "other": first.id}
            yield Problem("BP022", other.at(field), values, first.at(field))


def _plain(name: str) -> str:
    """A name as people compare it: full and half width, case and blanks make no other name."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def domains(d: DraftBlueprint) -> Iterator[Problem]:
    """BP026: two agencies' sites under one domain label."""
    for first, *others in grouped(d.blueprint.agencies, lambda agency: agency.domain):
        for other in others:
            values = {"value": other.domain, "agency": other.id, "other": first.id}
            yield Problem("BP026", other.at("domain"), values, first.at("domain"))


def reserved(d: DraftBlueprint) -> Iterator[Problem]:
    """BP038: a segment or host named like something that engine or Ansible has already."""
    for segment in d.blueprint.segments:
        if segment.id in ENGINE_NAMES or segment.id.startswith(ENGINE_PREFIXES):
            values = {"what": WHAT["segments"], "value": segment.id, "by": Text("容器引擎或内核", "engine or kernel")}
            yield Problem("BP038", segment.at("id"), values)
    for host in d.blueprint.hosts:
        if host.id in ANSIBLE_NAMES:
            values = {"what": WHAT["hosts"], "value": host.id, "by": Text(" Ansible ", "Ansible")}
            yield Problem("BP038", host.at("id"), values)


def repeated(d: DraftBlueprint) -> Iterator[Problem]:
    """BP055: the same word twice in one list."""
    for part, fields in LISTS.items():
        for thing in getattr(d.blueprint, part):
            for field in fields:
                yield from _repeated(thing, field, getattr(thing, field))
    for site in d.sites:
        yield from _repeated(site, "agencies", site.agencies)


def _repeated(thing: Model, field: str, entries: Iterable[str]) -> Iterator[Problem]:
    for first, *others in grouped(enumerate(entries), lambda entry: entry[1]):
        for index, word in others:
            yield Problem("BP055", thing.at(field, index), {"value": word, "field": field}, thing.at(field, first[0]))
