"""Where a blueprint is built: which engines, which part of it, and what the hosts there can do. 站点"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.base import Ids, Model, Named, Words
from inventory.model.hosts import RoomGrade
from inventory.model.zones import PlaceId


class SiteKind(StrEnum):
    LAB = "lab"
    """Engines started on this machine; hosts are systemd containers."""
    PRODUCTION = "production"
    """Engines reached over SSH; hosts that already exist."""


class Engine(Model):
    host: Words
    """`lab` for an engine that the lab starts, else ssh://USER@HOST."""
    version_at_least: Words


class Capabilities(Model):
    """What the site's hosts can do. Roles ask these, never `am I in a container`."""

    kernel_audit: bool
    set_clock: bool
    kernel_sysctl: bool


class Compensation(Model):
    """What a site does about a leak that its engines leave open; the running view has to see it at work."""

    covers: tuple[Words, ...]
    """Ids of the leak catalogue."""
    by: Words
    """What does it, as the running view knows it."""
    reason_zh: Words
    reason_en: Words


class Site(Named):
    kind: SiteKind
    agencies: Ids
    """The agencies whose private segments and hosts are realised here."""
    engines: dict[PlaceId, Engine]
    capabilities: Capabilities
    compensations: tuple[Compensation, ...] = ()
    room_grade: RoomGrade
