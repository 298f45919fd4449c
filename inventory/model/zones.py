"""Zones, locations and segments. 区域、场所、网段"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from inventory.model.base import Model, Named
from inventory.model.forms import Id, IPv4Prefix, IPv6Prefix, SegmentId, Words


class ZoneId(StrEnum):
    """The three parts of the unified network platform (city's measures, art. 8).
    统一网络平台的三个组成部分"""

    EXTRANET = "extranet"
    PORTAL = "portal"
    INTRANET = "intranet"


class LocationId(StrEnum):
    """Location of equipment. The intranet is physically separate: own docker engine, state, keys, names, time and logs.
    设备所在场所；政务内网物理独立"""

    EXTRANET = "extranet"
    INTRANET = "intranet"


class DataClass(StrEnum):
    """Data class, from least to most restricted. 数据级别：公开、内部、敏感、涉密"""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    CLASSIFIED = "classified"


class SegmentKind(StrEnum):
    """Use of a segment: shared 公用网络区, private 专用网络区, internet-access 互联网接入区, dmz 门户区,
    management 机房管理网, operations 运维区, cloud 政务云, intranet 政务内网."""

    SHARED = "shared"
    """services of the district for all agencies"""
    PRIVATE = "private"
    """one agency only"""
    INTERNET_ACCESS = "internet-access"
    """the only connection to the public"""
    DMZ = "dmz"
    """the portal"""
    MANAGEMENT = "management"
    """machine room; only the bastion of the location reaches its hosts"""
    OPERATIONS = "operations"
    """operators and the outer interface of the bastion"""
    CLOUD = "cloud"
    """nodes of the shared cloud"""
    INTRANET = "intranet"


LOCATION_OF_ZONE = {
    ZoneId.EXTRANET: LocationId.EXTRANET,
    ZoneId.PORTAL: LocationId.EXTRANET,
    ZoneId.INTRANET: LocationId.INTRANET,
}
CLASSES_OF_ZONE = {
    ZoneId.PORTAL: (DataClass.PUBLIC,),
    ZoneId.EXTRANET: (DataClass.PUBLIC, DataClass.INTERNAL, DataClass.SENSITIVE),
    ZoneId.INTRANET: tuple(DataClass),
}
ZONE_OF_KIND = {
    SegmentKind.DMZ: ZoneId.PORTAL,
    SegmentKind.INTRANET: ZoneId.INTRANET,
}  # all other kinds of segments are in the extranet


class Zone(Named):
    """One of the three zones. 区域"""

    id: ZoneId
    """extranet, portal or intranet. 政务外网、门户或政务内网"""
    location: LocationId
    """Location of its equipment. 设备所在场所"""
    purpose_zh: Words
    """Purpose in Chinese. 用途（中文）"""
    purpose_en: Words
    """Purpose in English. 用途（英文）"""


class Segment(Named):
    """A network segment. Its id is the name of the network, the bridge and the interfaces.
    网段；编号即网络、网桥和接口的名称"""

    id: SegmentId
    """Stable id, also the name of the network, the bridge and the interfaces; at most 15 characters.
    编号，即网络、网桥和接口的名称，最多 15 个字符"""
    zone: ZoneId
    """Its zone. 所属区域"""
    kind: SegmentKind
    ipv4: IPv4Prefix
    """IPv4 prefix of length 16 to 26, inside a block of its zone. IPv4 前缀，长度 16 至 26"""
    ipv6: IPv6Prefix
    """IPv6 prefix of length 64, inside a block of its zone. IPv6 前缀，长度 64"""
    agency: Id | None = None
    """Its agency; private segments only. 所属单位，仅用于专用网段"""

    @property
    def location(self) -> LocationId:
        return LOCATION_OF_ZONE[self.zone]

    @property
    def prefixes(self) -> tuple[IPv4Network, IPv6Network]:
        return self.ipv4, self.ipv6


class ZonesFile(Model):
    """The unified network platform: zones and segments. 统一网络平台：区域与网段"""

    zones: tuple[Zone, ...]
    """The three zones. 三个区域"""
    segments: tuple[Segment, ...]
    """Their segments. 网段"""
