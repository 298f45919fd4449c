"""The register of systems, with the fields that government lists ask for. 系统总目录"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from inventory.model.agencies import Source
from inventory.model.base import Id, Ids, Model, Named, Words
from inventory.model.zones import DataClass, ZoneId

Capability = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}(\.[0-9]{2})*$")]


class Level(StrEnum):
    """The level of government that a system is built for."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


class SystemKind(StrEnum):
    NEW = "new"
    EXTEND = "extend"
    MAINTAIN = "maintain"


class SystemState(StrEnum):
    PLANNED = "planned"
    BUILDING = "building"
    RUNNING = "running"
    RETIRED = "retired"


class Deployment(Model):
    """How the shared cloud runs a system: stateless replicas behind one published port."""

    image: Id
    """An image of an approved recipe."""
    port: Annotated[int, Field(ge=1024, le=65535)]
    """The TCP port that the nodes publish; a flow to system:ID has to name it."""
    overlay: Annotated[int, Field(ge=1, le=255)]
    """Which /24 of the cloud's overlays its own network is; each system has another."""
    replicas: Annotated[int, Field(ge=1, le=8)] = 2
    memory_mib: Annotated[int, Field(ge=16, le=4096)]
    cpus: Annotated[float, Field(gt=0, le=8)]


class System(Named):
    former_names: tuple[Words, ...] = ()
    agency: Id
    level: Level
    jurisdiction: Id
    """The district or city that it serves."""
    zone: ZoneId
    data_class: DataClass
    protection: Annotated[int, Field(ge=1, le=4)]
    """Level of classified protection (等级保护), 1 to 4."""
    capability: Capability
    """What it does, as a code of the capability tree."""
    object: Words
    """What it does that to."""
    functions: tuple[Words, ...]
    produces: Ids
    """Resources of the catalogue that it makes."""
    consumes: Ids
    users: tuple[Words, ...]
    kind: SystemKind
    state: SystemState
    reuses: Ids
    """Systems whose functions it uses instead of building them again."""
    deployed_at: Ids
    """Hosts that run it."""
    deployment: Deployment | None = None
    owner: Words
    """The office that answers for it."""
    contact: Words
    """The duty telephone or mailbox of that office, never a person."""
    project: Id | None = None
    """The key task that it carries out."""
    budget: Annotated[int, Field(ge=0)] | None = None
    """CNY"""
    approval: Words | None = None
    """Number of the decision as its owner states it; shown, never believed."""
    source: Source

    @property
    def function(self) -> tuple[str, str]:
        """What is done to what: two systems with the same pair are one system built twice."""
        return self.capability, self.object

    def as_record(self) -> dict[str, Any]:
        """The entry as a government list carries it, plain values only."""
        return self.model_dump(mode="json", exclude={"deployment"})


class SystemsFile(Model):
    """systems.yaml"""

    systems: tuple[System, ...]
