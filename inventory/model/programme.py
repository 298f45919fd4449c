"""The year's key tasks and the service hall. 重点任务与办事大厅"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.agencies import Source
from inventory.model.base import Id, Ids, Model, Named, Words


class TaskGroup(StrEnum):
    INTENSIVE = "intensive-building"
    INFRASTRUCTURE = "infrastructure"
    APPLICATIONS = "smart-applications"
    SERVICES = "government-services"


class Task(Named):
    group: TaskGroup
    lead: Id
    """The agency that leads it."""
    delivers: Ids
    """Systems of the register that it builds."""
    source: Source


class ServiceHall(Named):
    operator: Id
    """The agency that runs it."""
    segment: Id
    """The segment that its counters are attached to."""
    hours_zh: Words
    hours_en: Words
    source: Source


class ProgrammeFile(Model):
    """programme.yaml"""

    tasks: tuple[Task, ...]
    service_halls: tuple[ServiceHall, ...]
