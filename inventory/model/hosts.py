"""Hosts of the machine room, and vantage points, which represent people. 主机与观察点"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from inventory.model.base import Model, Named
from inventory.model.forms import HostId, Id, SegmentId, Words
from inventory.model.zones import LocationId

Number = Annotated[int, Field(ge=1, le=9999)]


class HostKind(StrEnum):
    """Use of a host. 主机种类"""

    GATEWAY = "gateway"
    BASTION = "bastion"
    INFRASTRUCTURE = "infrastructure"
    PORTAL = "portal"
    CLOUD_NODE = "cloud-node"
    CLIENT = "client"


class RoomGrade(StrEnum):
    """Grades of GB 50174-2017, best first. GB 50174-2017 机房等级，A 级最高"""

    A = "A"
    B = "B"
    C = "C"


class Release(StrEnum):
    """Debian release that a host runs. 主机运行的 Debian 版本"""

    DEBIAN_12 = "12"
    DEBIAN_13 = "13"


class Host(Named):
    """A host of the machine room. 机房主机"""

    id: HostId
    """Stable id, also the host's name. 编号，也是主机名"""
    kind: HostKind
    location: LocationId
    """Its location. 所在场所"""
    interfaces: Annotated[dict[SegmentId, Number], Field(min_length=1)]
    """Segment: number of the host in it. The number determines both addresses: 10 is x.x.x.10 and ...::10.
    接口：网段及地址号，地址号同时决定 IPv4 与 IPv6 地址"""
    agency: Id | None = None
    """Its agency; clients only, all other hosts belong to the machine room. 所属单位，仅用于客户端"""
    room_grade: RoomGrade = RoomGrade.C
    """Lowest grade of machine room that it needs. 所需机房的最低等级"""
    release: Release | None = None
    """Debian release of this host, if it differs from the site's. 本机的 Debian 版本，默认与站点相同"""


class Vantage(Named):
    """A vantage point represents people: the public, or the operators of a location. It is not a host.
    观察点：代表公众或某一场所的运维人员，不是主机"""

    location: LocationId
    """Its location. 所在场所"""
    segment: SegmentId
    """Its segment. 接入的网段"""
    number: Number
    """Its number in that segment. 在该网段的地址号"""
    purpose_zh: Words
    """Who uses it, in Chinese. 说明（中文）"""
    purpose_en: Words
    """Who uses it, in English. 说明（英文）"""


class HostsFile(Model):
    """Hosts and vantage points. 主机与观察点"""

    hosts: tuple[Host, ...]
    """Hosts of the machine room. 机房主机"""
    vantages: tuple[Vantage, ...]
    """Vantage points. 观察点"""
