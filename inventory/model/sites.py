"""Where a blueprint is built: which engines, which part of it, and what the hosts there can do. 站点"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from inventory.model.base import Ids, Model, Named
from inventory.model.forms import EngineText, Leak, Link, SegmentId, Version, Words
from inventory.model.hosts import Release, RoomGrade
from inventory.model.zones import LocationId

LAB_ENGINE = "lab"


class SiteKind(StrEnum):
    """lab: engines started on this machine, hosts are systemd containers. production: engines reached over SSH,
    hosts that already exist. 实验：本机启动引擎；生产：经 SSH 到达引擎"""

    LAB = "lab"
    PRODUCTION = "production"


class DockerEngine(Model):
    """The container engine of a place. 一个场所的容器引擎"""

    host: EngineText
    """`lab` for an engine that the lab starts, else ssh://USER@HOST. 实验站点写 lab，生产站点写 ssh://用户@主机"""
    version_at_least: Version
    """The oldest version that will do. 最低版本"""


class Capabilities(Model):
    """What the site's hosts can do. Roles ask these, never `am I in a container`. 站点主机的能力"""

    kernel_audit: bool
    """The kernel's audit can be set up. 可配置内核审计"""
    set_clock: bool
    """The clock can be set. 可校正时钟"""
    kernel_sysctl: bool
    """Kernel settings can be changed. 可修改内核参数"""


class CompensatingControl(Model):
    """What a site does about a leak that its engines leave open; the running view has to see it at work.
    引擎留下的泄漏由站点采取的补偿措施"""

    covers: Annotated[tuple[Leak, ...], Field(min_length=1)]
    """Ids of the leak catalogue. 泄漏目录编号"""
    by: Words
    """What does it, as the running view knows it. 由什么实现"""
    reason_zh: Words
    """Why that is enough, in Chinese. 理由（中文）"""
    reason_en: Words
    """Why that is enough, in English. 理由（英文）"""


class Vlan(Model):
    """Where a segment lies on the engine machine's cables. 网段在引擎主机线缆上的位置"""

    parent: Link
    """The card that carries it. 承载的网卡"""
    number: Annotated[int, Field(ge=2, le=4094)]
    """The VLAN's number; 1 is every switch's own. VLAN 编号；1 是交换机自用的"""

    @property
    def link(self) -> str:
        """The link that the engine's network stands on."""
        return f"{self.parent}.{self.number}"


class Site(Named):
    """One site of the district. 一个站点"""

    kind: SiteKind
    agencies: Ids
    """The agencies whose private segments and hosts are built here. 在此建设其专用网段和主机的单位"""
    engines: dict[LocationId, DockerEngine]
    """The engine of each place. 各场所的引擎"""
    capabilities: Capabilities
    compensating_controls: tuple[CompensatingControl, ...] = ()
    """What is done about leaks that the engines leave open. 补偿措施"""
    vlans: dict[SegmentId, Vlan] = Field(default_factory=dict)
    """The VLAN of each segment, where segments lie on cables; in a lab they are bridges. 各网段的 VLAN，实验站点没有"""
    room_grade: RoomGrade
    """The grade of its machine room. 机房等级"""
    release: Release = Release.DEBIAN_12
    """Debian release of all hosts that state none of their own. 未单独写明的主机所用的 Debian 版本"""
