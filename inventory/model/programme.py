"""The year's key tasks and the service halls. 重点任务与办事大厅"""

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
    """Agency that leads it. 牵头单位"""
    delivers: Ids
    """Systems in the register that it delivers. 所建系统"""
    source: Source
    """Whether the district's documents name it. 来源"""


class ServiceHall(Named):
    """A service hall for the public. 办事大厅"""

    operator: Id
    """Agency that operates it. 运营单位"""
    segment: SegmentId
    """Segment of its counters. 窗口接入的网段"""
    hours_zh: Words
    """Opening hours in Chinese. 开放时间（中文）"""
    hours_en: Words
    """Opening hours in English. 开放时间（英文）"""
    source: Source
    """Whether the district's documents name it. 来源"""


class ProgrammeFile(Model):
    """The year's key tasks and the service halls. 重点任务与办事大厅"""

    tasks: tuple[Task, ...]
    """The key tasks. 重点任务"""
    service_halls: tuple[ServiceHall, ...]
    """The service halls. 办事大厅"""
