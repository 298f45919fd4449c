"""Sites: one docker engine for each location, with an address that matches the kind of site."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint
from inventory.model.sites import LAB_ENGINE, Site, SiteKind
from inventory.model.zones import LocationId
from inventory.texts.problems import Problem
from inventory.texts.text import Text

SSH = Text("ssh://用户@主机", "ssh://USER@HOST")


def file_names(d: DraftBlueprint) -> Iterator[Problem]:
    """BP074: a site is selected by its file name, so its id must be the same."""
    for site in d.sites:
        name = site.at("id").file.removeprefix("sites/").removesuffix(".yaml")
        if name != site.id:
            yield Problem("BP074", site.at("id"), {"value": site.id, "expected": name})


def engines(d: DraftBlueprint) -> Iterator[Problem]:
    """BP033, BP072, BP073: an engine is missing, shared by both locations, or has an address of the wrong kind."""
    for site in d.sites:
        for location in LocationId:
            if location not in site.engines:
                yield Problem("BP033", site.at("engines"), {"site": site.id, "value": location})
        yield from _addresses(site)
        machines = [_machine(engine.host) for engine in site.engines.values() if engine.host != LAB_ENGINE]
        if len(set(machines)) < len(machines):
            yield Problem("BP072", site.at("engines"), {"site": site.id, "value": machines[0]})


def vlans(d: DraftBlueprint) -> Iterator[Problem]:
    """BP080: two segments of a location on one VLAN, which would be one network."""
    for site in d.sites:
        taken: dict[tuple[str, str], str] = {}
        for name, vlan in site.vlans.items():
            segment = d.blueprint.segment.get(name)
            if segment is None:
                continue
            first = taken.setdefault((segment.location, vlan.link), name)
            if first != name:
                values = {"site": site.id, "value": name, "other": first, "vlan": vlan.link}
                yield Problem("BP080", site.at("vlans", name), values, site.at("vlans", first))


def _machine(engine: str) -> str:
    """The host part of an engine address; user and default port do not distinguish machines."""
    return engine.rpartition("@")[2].removesuffix(":22").lower()


def _addresses(site: Site) -> Iterator[Problem]:
    for location, engine in site.engines.items():
        lab = site.kind is SiteKind.LAB
        if lab != (engine.host == LAB_ENGINE):
            expected = LAB_ENGINE if lab else SSH
            values = {"site": site.id, "kind": site.kind, "value": engine.host, "expected": expected}
            yield Problem("BP073", site.at("engines", location, "host"), values)
