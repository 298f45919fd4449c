"""The register: agencies, systems, data resources and their exchange."""

from __future__ import annotations

from dataclasses import dataclass

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class System(ModelObject):
    """An entry of the register of systems."""

    id: str
    name_zh: str
    name_en: str
    agency: str
    zone: str
    capability: str
    object: str
    state: str
    kind: str = "new"
    owner: str = ""
    contact: str = ""
    approval: str = ""
    """As its owner states it: printed, but never trusted."""
    data_class: str = ""
    protection: int = 0
    level: str = ""
    jurisdiction: str = ""
    former_names: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    reuses: tuple[str, ...] = ()
    project: str = ""
    deployed_at: tuple[str, ...] = ()
    image: str = ""
    port: int = 0
    replicas: int = 0
    memory_mib: float = 0
    cpus: float = 0
    at: str = ""

    @property
    def function(self) -> tuple[str, str]:
        """What is done to what."""
        return self.capability, self.object


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Agency(ModelObject):
    """A unit of the district; `domain` is its label under the portal's domain."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    domain: str = ""
    kind: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DataResource(ModelObject):
    """A data resource of the catalogue."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    kind: str = ""
    provider: str = ""
    data_class: str = ""
    sharing: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Exchange(ModelObject):
    """One line of the exchange plan."""

    id: str
    resource: str
    provider: str
    consumer: str
    at: str = ""
