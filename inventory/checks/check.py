"""Checks across the files of a blueprint. Each check yields all of its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inventory.checks import (
    addresses,
    attachments,
    exchange,
    flows,
    hosts,
    names,
    programme,
    references,
    sites,
    systems,
    zones,
)
from inventory.checks.draft import DraftBlueprint
from inventory.texts.problems import Problem

Check = Callable[[DraftBlueprint], Iterator[Problem]]

FIRST: tuple[Check, ...] = (
    names.ids,
    names.display_names,
    names.domains,
    names.reserved,
    names.repeated,
    addresses.overlaps,
    addresses.special,
    addresses.lengths,
    attachments.numbers_taken,
    attachments.numbers_usable,
    flows.dates,
    references.references,
)
"""These need only the entries that are present, so they also run if others were left out."""

THEN: tuple[tuple[Check, tuple[str, ...]], ...] = (
    (addresses.outside, ("blocks",)),
    (addresses.overlays, ("blocks", "overlays")),
    (zones.locations, ()),
    (zones.all_three, ("zones",)),
    (zones.kinds, ()),
    (zones.private, ()),
    (zones.one_management, ()),
    (attachments.locations, ()),
    (attachments.kinds, ()),
    (hosts.management, ()),
    (hosts.interfaces, ()),
    (hosts.gateways, ()),
    (hosts.agencies, ()),
    (hosts.foreign_segments, ()),
    (hosts.bastions, ("hosts",)),
    (hosts.gateway_numbers, ()),
    (hosts.first_gateways, ("hosts",)),
    (flows.ends, ()),
    (flows.twice, ()),
    (flows.locations, ()),
    (flows.gateways, ("hosts",)),
    (flows.without_hosts, ("hosts", "systems")),
    (systems.classes, ()),
    (systems.data, ()),
    (systems.producers, ()),
    (systems.itself, ()),
    (systems.deployed, ()),
    (systems.retired, ()),
    (systems.deployments, ()),
    (systems.ports, ()),
    (systems.overlays, ("overlays",)),
    (systems.published, ("flows",)),
    (exchange.providers, ()),
    (exchange.consumers, ()),
    (exchange.twice, ()),
    (exchange.classes, ("platform",)),
    (programme.projects, ()),
    (programme.deliveries, ()),
    (programme.halls, ()),
    (sites.file_names, ()),
    (sites.engines, ()),
    (sites.vlans, ()),
)
"""Each with the parts that must be complete; otherwise it would report entries as missing that were only left out."""


def check(draft: DraftBlueprint) -> list[Problem]:
    """All problems of all checks. Whatever depends on an entry that was left out is not checked."""
    problems = [problem for check_function in FIRST for problem in check_function(draft)]
    sound = draft.sound()
    for check_function, needs in THEN:
        if sound.complete(*needs):
            problems += check_function(sound)
    return problems
