"""What must be true across the files of a blueprint. Each check yields every mistake that it finds."""

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
"""Each accuses an entry for what it says itself, alone or against another: what is absent harms nobody."""

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
    (hosts.strangers, ()),
    (hosts.bastions, ("hosts",)),
    (hosts.gateway_numbers, ()),
    (hosts.first_gateways, ("hosts",)),
    (flows.ends, ()),
    (flows.twice, ()),
    (flows.locations, ()),
    (flows.gateways, ("hosts",)),
    (flows.nowhere, ("hosts", "systems")),
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
"""Each with the parts that have to be whole before it may accuse somebody of what they lack."""


def check(draft: DraftBlueprint) -> list[Problem]:
    """All problems of all checks. What depends on an entry that was left out is not judged."""
    found = [problem for item in FIRST for problem in item(draft)]
    sound = draft.sound()
    found += [problem for one, needs in THEN if sound.complete(*needs) for problem in one(sound)]
    return found
