"""Sites: docker engines, the deployed subset of the blueprint, and capabilities of the hosts. 站点"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from inventory.model.base import Ids, Model, Named
from inventory.model.forms import EngineText, EscapePath, Link, SegmentId, Version, Words
from inventory.model.hosts import Release, RoomGrade
from inventory.model.zones import LocationId

LAB_ENGINE = "lab"


class SiteKind(StrEnum):
    """lab: docker engines started on this machine, hosts are systemd containers. production: docker engines reached
    over SSH, existing hosts. 实验：在本机启动 Docker 引擎；生产：经 SSH 连接 Docker 引擎"""

    LAB = "lab"
    PRODUCTION = "production"


class DockerEngine(Model):
    """The docker engine of a location. 一个场所的 Docker 引擎"""

    host: EngineText
    """`lab` for a docker engine that the lab starts, else ssh://USER@HOST. 实验站点写 lab，生产站点写 ssh://用户@主机"""
    version_at_least: Version
    """Lowest supported version. 最低版本"""


class Capabilities(Model):
    """Capabilities of the site's hosts. Roles check these, never whether they run in a container. 站点主机的能力"""

    kernel_audit: bool
    """Kernel auditing can be configured. 可配置内核审计"""
    set_clock: bool
    """The clock can be set. 可设置时钟"""
    kernel_sysctl: bool
    """Kernel settings can be changed. 可修改内核参数"""


class CompensatingControl(Model):
    """A control for escape paths that the docker engines leave open; the running view must observe it in effect.
    针对 Docker 引擎未封闭的逃逸路径所采取的补偿措施；须在运行视图中观察到其生效"""

    covers: Annotated[tuple[EscapePath, ...], Field(min_length=1)]
    """Ids of the escape path catalogue. 逃逸路径目录编号"""
    by: Words
    """Name of the control, as the running view observes it. 措施名称"""
    reason_zh: Words
    """Why the control is sufficient, in Chinese. 理由（中文）"""
    reason_en: Words
    """Why the control is sufficient, in English. 理由（英文）"""


class Vlan(Model):
    """The VLAN of a segment on the docker engine's machine. 网段在 Docker 引擎主机上的 VLAN"""

    parent: Link
    """Its network card. 承载的网卡"""
    number: Annotated[int, Field(ge=2, le=4094)]
    """VLAN number; 1 is the default VLAN of switches. VLAN 编号；1 是交换机的默认 VLAN"""

    @property
    def link(self) -> str:
        """Name of the VLAN interface that the docker network uses as its parent."""
        return f"{self.parent}.{self.number}"


class Site(Named):
    """One site of the district. 一个站点"""

    kind: SiteKind
    agencies: Ids
    """Agencies whose private segments and hosts this site deploys. 在本站点部署专用网段和主机的单位"""
    engines: dict[LocationId, DockerEngine]
    """Docker engine of each location. 各场所的 Docker 引擎"""
    capabilities: Capabilities
    compensating_controls: tuple[CompensatingControl, ...] = ()
    """Controls for escape paths that the docker engines leave open. 补偿措施"""
    vlans: dict[SegmentId, Vlan] = Field(default_factory=dict)
    """VLAN of each segment; a lab uses bridges and has none. 各网段的 VLAN；实验站点使用网桥，不设 VLAN"""
    room_grade: RoomGrade
    """Grade of its machine room. 机房等级"""
    release: Release = Release.DEBIAN_12
    """Debian release of hosts that specify none. 未单独指定的主机所用的 Debian 版本"""
