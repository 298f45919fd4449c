"""The register of systems, with the fields of government system lists. 系统总目录"""

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
    """Level of government of a system. 建设层级"""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


class SystemKind(StrEnum):
    """New, extended or maintained. 新建、扩建、运维"""

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
    """Deployment in the shared cloud: stateless replicas with one published port. 在政务云上的部署"""

    image: Id
    """Image built from an approved recipe. 经批准的镜像"""
    port: Annotated[int, Field(ge=1024, le=65535)]
    """TCP port that the nodes publish; a flow to system:ID must allow it. 发布的 TCP 端口，须有流指向它"""
    overlay: Annotated[int, Field(ge=1, le=255)]
    """Number of its /24 in the cloud's overlays; unique for each system.
    专用网络在政务云地址中的序号，各系统不同"""
    replicas: Annotated[int, Field(ge=1, le=8)] = 2
    """Number of replicas. 副本数"""
    memory_mib: Annotated[int, Field(ge=16, le=4096)]
    """Memory of each replica, in MiB. 每个副本的内存（MiB）"""
    cpus: Annotated[float, Field(gt=0, le=8)]
    """Processors of each replica, may be a fraction. 每个副本的处理器数"""


class System(Named):
    """A system in the register. 系统总目录中的一个系统"""

    former_names: tuple[Words, ...] = ()
    """Former names. 曾用名"""
    agency: Id
    """Agency that builds it. 建设单位"""
    level: Level
    jurisdiction: Id
    """Id of the district, town, city or province that it serves. 服务的区、镇街、市或省的编号"""
    zone: ZoneId
    """Zone in which it runs. 运行区域"""
    data_class: DataClass
    """Most restricted class of data that it handles. 所处理数据的最高级别"""
    protection: Annotated[int, Field(ge=1, le=4)]
    """Level of classified protection, 1 to 4. 等级保护级别，1 至 4"""
    capability: Capability
    """Code of its function in the capability tree. 能力编码"""
    object: Words
    """Object of that function. 业务对象"""
    functions: SomeWords
    """Main functions for its users. 主要功能"""
    produces: Ids
    """Resources in the catalogue that it produces. 产生的数据资源"""
    consumes: Ids
    """Resources in the catalogue that it uses. 使用的数据资源"""
    users: SomeWords
    """Its users. 使用对象"""
    kind: SystemKind
    state: SystemState
    reuses: Ids
    """Systems whose functions it reuses. 复用的系统"""
    deployed_at: Annotated[tuple[HostId, ...], Field(default=())]
    """Hosts on which it runs. 部署的主机"""
    deployment: Deployment | None = None
    """Deployment in the shared cloud; omit it if an Ansible role deploys the system.
    在政务云上的部署；由 Ansible 角色部署的系统不写"""
    owner: Words
    """Responsible office. 责任处室"""
    contact: Words
    """Duty telephone or mailbox of that office, never of a person. 处室值班电话或邮箱，不写个人"""
    project: Id | None = None
    """Key task that delivers it. 所属重点任务"""
    budget: Annotated[int, Field(ge=0)] | None = None
    """Budget in yuan. 预算（元）"""
    approval: Words | None = None
    """Number of the approval as stated by the owner; shown, not verified. 责任单位填写的批准文号，仅供显示"""
    source: Source
    """Whether the district's documents name it. 来源"""

    @property
    def function(self) -> tuple[str, str]:
        """Capability and object: two systems with the same pair are duplicates."""
        return self.capability, self.object

    def as_record(self) -> dict[str, Any]:
        """The entry as plain values, for government lists."""
        return self.model_dump(mode="json", exclude={"deployment"})


class SystemsFile(Model):
    """The register of systems. 系统总目录"""

    systems: tuple[System, ...]
    """All systems of the district, including planned and retired ones. 全部系统，含规划和停用的"""
