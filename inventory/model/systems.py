"""The register of systems, with the fields that government lists ask for. 系统总目录"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from inventory.model.agencies import Source
from inventory.model.base import Ids, Model, Named
from inventory.model.forms import Capability, HostId, Id, Words
from inventory.model.zones import DataClass, ZoneId

SomeWords = Annotated[tuple[Words, ...], Field(min_length=1)]


class Level(StrEnum):
    """The level of government that a system is built for. 建设层级"""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


class SystemKind(StrEnum):
    """New, extended or kept running. 新建、扩建、运维"""

    NEW = "new"
    EXTEND = "extend"
    MAINTAIN = "maintain"


class SystemState(StrEnum):
    """Planned, being built, running or retired. 规划、在建、在用、停用"""

    PLANNED = "planned"
    BUILDING = "building"
    RUNNING = "running"
    RETIRED = "retired"


class Deployment(Model):
    """How the shared cloud runs a system: stateless replicas behind one published port. 在政务云上的部署"""

    image: Id
    """An image of an approved recipe. 经批准的镜像"""
    port: Annotated[int, Field(ge=1024, le=65535)]
    """The TCP port that the nodes publish; a flow to system:ID has to name it. 发布的 TCP 端口，须有流指向它"""
    overlay: Annotated[int, Field(ge=1, le=255)]
    """Which /24 of the cloud's overlays its own network is; each system has another.
    专用网络在政务云地址中的序号，各系统不同"""
    replicas: Annotated[int, Field(ge=1, le=8)] = 2
    """How many run at once. 副本数"""
    memory_mib: Annotated[int, Field(ge=16, le=4096)]
    """Memory of each, in MiB. 每个副本的内存（MiB）"""
    cpus: Annotated[float, Field(gt=0, le=8)]
    """Processors of each, also a part of one. 每个副本的处理器数"""


class System(Named):
    """A system of the register. 系统总目录中的一个系统"""

    former_names: tuple[Words, ...] = ()
    """Names that it had before. 曾用名"""
    agency: Id
    """The agency that builds it. 建设单位"""
    level: Level
    jurisdiction: Id
    """The id of the district, town, city or province that it serves. 服务的区、镇街、市或省的编号"""
    zone: ZoneId
    """The zone that it runs in. 运行区域"""
    data_class: DataClass
    """The most restricted data that it holds. 所处理数据的最高级别"""
    protection: Annotated[int, Field(ge=1, le=4)]
    """Level of classified protection, 1 to 4. 等级保护级别，1 至 4"""
    capability: Capability
    """What it does, as a code of the capability tree. 能力编码"""
    object: Words
    """What it does that to. 业务对象"""
    functions: SomeWords
    """What its users can do with it. 主要功能"""
    produces: Ids
    """Resources of the catalogue that it makes. 产生的数据资源"""
    consumes: Ids
    """Resources of the catalogue that it uses. 使用的数据资源"""
    users: SomeWords
    """Who works with it. 使用对象"""
    kind: SystemKind
    state: SystemState
    reuses: Ids
    """Systems whose functions it uses instead of building them again. 复用的系统"""
    deployed_at: Annotated[tuple[HostId, ...], Field(default=())]
    """Hosts that run it. 部署的主机"""
    deployment: Deployment | None = None
    """How the shared cloud runs it; left out where a role of its own does. 在政务云上的部署；由专门角色部署的不写"""
    owner: Words
    """The office that answers for it. 责任处室"""
    contact: Words
    """The duty telephone or mailbox of that office, never a person. 处室值班电话或邮箱，不写个人"""
    project: Id | None = None
    """The key task that it carries out. 所属重点任务"""
    budget: Annotated[int, Field(ge=0)] | None = None
    """What it costs, in yuan. 预算（元）"""
    approval: Words | None = None
    """Number of the decision as its owner states it; shown, never believed. 责任单位所称的批准文号，仅供显示"""
    source: Source
    """Whether the district's papers name it. 来源"""

    @property
    def function(self) -> tuple[str, str]:
        """What is done to what: two systems with the same pair are one system built twice."""
        return self.capability, self.object

    def as_record(self) -> dict[str, Any]:
        """The entry as a government list carries it, plain values only."""
        return self.model_dump(mode="json", exclude={"deployment"})


class SystemsFile(Model):
    """The register of systems. 系统总目录"""

    systems: tuple[System, ...]
    """All systems of the district, also planned and retired ones. 全部系统，含规划和停用的"""
