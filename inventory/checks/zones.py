"""Zones and segments: the three zones at their locations, and each kind of segment in its zone."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint, grouped
from inventory.model.zones import LOCATION_OF_ZONE, ZONE_OF_KIND, SegmentKind, ZoneId
from inventory.texts.problems import Problem


def locations(d: DraftBlueprint) -> Iterator[Problem]:
    """BP025: a zone at the wrong location; only the intranet has a location of its own."""
    for zone in d.blueprint.zones:
        if zone.location != LOCATION_OF_ZONE[zone.id]:
            values = {"zone": zone.id, "value": zone.location, "expected": LOCATION_OF_ZONE[zone.id]}
            yield Problem("BP025", zone.at("location"), values)


def all_three(d: DraftBlueprint) -> Iterator[Problem]:
    """BP041: a zone that is not declared."""
    declared = {zone.id for zone in d.blueprint.zones}
    for missing in ZoneId:
        if missing not in declared:
            yield Problem("BP041", d.at("zones", "zones"), {"value": missing})


def kinds(d: DraftBlueprint) -> Iterator[Problem]:
    """BP040: a segment of a kind that belongs to another zone."""
    for segment in d.blueprint.segments:
        expected = ZONE_OF_KIND.get(segment.kind, ZoneId.EXTRANET)
        if segment.zone != expected:
            values = {"segment": segment.id, "kind": segment.kind, "value": segment.zone, "expected": expected}
            yield Problem("BP040", segment.at("zone"), values)


def private(d: DraftBlueprint) -> Iterator[Problem]:
    """BP023, BP024: private segments have an agency, other segments have none."""
    for segment in d.blueprint.segments:
        if segment.kind is SegmentKind.PRIVATE and segment.agency is None:
            yield Problem("BP023", segment.at("kind"), {"segment": segment.id, "value": segment.kind})
        if segment.kind is not SegmentKind.PRIVATE and segment.agency is not None:
            values = {"segment": segment.id, "kind": segment.kind, "value": segment.agency}
            yield Problem("BP024", segment.at("agency"), values)


def one_management(d: DraftBlueprint) -> Iterator[Problem]:
    """BP042: a location has one management segment, in which its bastion is."""
    management = [item for item in d.blueprint.segments if item.kind is SegmentKind.MANAGEMENT]
    for first, *others in grouped(management, lambda segment: segment.location):
        for other in others:
            yield Problem("BP042", other.at("kind"), {"value": other.id, "other": first.id}, first.at("kind"))
