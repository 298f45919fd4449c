"""The year's key tasks and the service hall. 重点任务与办事大厅"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.agencies import Source
from inventory.model.base import Ids, Model, Named
from inventory.model.forms import Id, SegmentId, Words


class TaskGroup(StrEnum):
    """The four groups of the programme. 任务分组"""

    INTENSIVE = "intensive-building"
    INFRASTRUCTURE = "infrastructure"
    APPLICATIONS = "smart-applications"
    SERVICES = "government-services"


class Task(Named):
    """A key task of the year. 重点任务"""

    group: TaskGroup
    lead: Id
    """The agency that leads it. 牵头单位"""
    delivers: Ids
    """Systems of the register that it builds. 所建系统"""
    source: Source
    """Whether the district's papers name it. 来源"""


class ServiceHall(Named):
    """Where people come to have matters handled. 办事大厅"""

    operator: Id
    """The agency that runs it. 运营单位"""
    segment: SegmentId
    """The segment that its counters are attached to. 窗口接入的网段"""
    hours_zh: Words
    """When it is open, in Chinese. 开放时间（中文）"""
    hours_en: Words
    """When it is open, in English. 开放时间（英文）"""
    source: Source
    """Whether the district's papers name it. 来源"""


class ProgrammeFile(Model):
    """The year's key tasks and the service halls. 重点任务与办事大厅"""

    tasks: tuple[Task, ...]
    """The key tasks. 重点任务"""
    service_halls: tuple[ServiceHall, ...]
    """The service halls. 办事大厅"""
