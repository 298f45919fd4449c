"""Zones, the places they stand in, and the segments they are made of. 区域、场所、网段"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from inventory.model.base import Id, Model, Named, Words


class ZoneId(StrEnum):
    """The three parts of the one unified network platform, and no fourth (city's measures, art. 8)."""

    EXTRANET = "extranet"
    PORTAL = "portal"
    INTRANET = "intranet"


class PlaceId(StrEnum):
    """Where equipment stands. The intranet is physically apart: own engine, state, keys, names, time and logs."""

    EXTRANET = "extranet"
    INTRANET = "intranet"


class DataClass(StrEnum):
    """How far data may travel, from least to most restricted."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    CLASSIFIED = "classified"


class SegmentKind(StrEnum):
    SHARED = "shared"
    """公用网络区: services of the district for all agencies"""
    PRIVATE = "private"
    """专用网络区: one agency alone"""
    INTERNET_ACCESS = "internet-access"
    """互联网接入区: the only edge to the public"""
    DMZ = "dmz"
    """the portal's own segment"""
    MANAGEMENT = "management"
    """machine room; hosts reach nothing in it but their place's bastion"""
    OPERATIONS = "operations"
    """where operators sit; the bastion's outer side"""
    CLOUD = "cloud"
    """nodes of the shared cloud"""
    INTRANET = "intranet"


PLACE_OF_ZONE = {
    ZoneId.EXTRANET: PlaceId.EXTRANET,
    ZoneId.PORTAL: PlaceId.EXTRANET,
    ZoneId.INTRANET: PlaceId.INTRANET,
}
CLASSES_OF_ZONE = {
    ZoneId.PORTAL: (DataClass.PUBLIC,),
    ZoneId.EXTRANET: (DataClass.PUBLIC, DataClass.INTERNAL, DataClass.SENSITIVE),
    ZoneId.INTRANET: tuple(DataClass),
}
ZONE_OF_KIND = {
    SegmentKind.DMZ: ZoneId.PORTAL,
    SegmentKind.INTRANET: ZoneId.INTRANET,
}  # every other kind of segment is a part of the extranet


class Zone(Named):
    id: ZoneId
    place: PlaceId
    """Where its equipment stands."""
    purpose_zh: Words
    purpose_en: Words


class Segment(Named):
    """A network that exists once and is attached by its id. Its id is the network's, the bridge's and the interface's name."""

    id: Id = Field(max_length=15)
    zone: ZoneId
    kind: SegmentKind
    ipv4: IPv4Network
    """The IPv4 prefix."""
    ipv6: IPv6Network
    """The IPv6 prefix."""
    agency: Id | None = None
    """The agency that it belongs to; private segments only."""

    @property
    def place(self) -> PlaceId:
        return PLACE_OF_ZONE[self.zone]

    @property
    def prefixes(self) -> tuple[IPv4Network, IPv6Network]:
        return self.ipv4, self.ipv6


class ZonesFile(Model):
    """zones.yaml"""

    zones: tuple[Zone, ...]
    segments: tuple[Segment, ...]
