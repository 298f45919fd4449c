"""Docker engines, providers, state backends, compensating controls and missing inputs."""

from __future__ import annotations

from dataclasses import dataclass

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DockerEngine(ModelObject):
    """A Docker engine: a location's own, or the shared cloud's (`cloud`)."""

    id: str
    location: str
    hosts: tuple[str, ...] = ()
    """Addresses that a provider can connect to."""
    at_least: str = ""
    """The minimum version that the site file declares, if any."""
    version: str = ""
    """The observed version."""
    control_groups: int = 0
    """Observed cgroup version; on v1 every container uses the host's control groups."""
    answers: bool = True
    """False if it did not answer: it is stopped or missing."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Provider(ModelObject):
    """How a plan reaches an engine."""

    id: str
    host: str = ""
    engine: str = ""
    """Empty if its host is no engine of the blueprint."""
    location: str = ""
    """The location of the stack that uses it."""
    secured: bool = False
    """Whether it uses a client certificate."""
    credential: str = ""
    """Identifies its certificate or key: a path or a digest, never the key."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Backend(ModelObject):
    """The state backend of a stack."""

    id: str
    url: str
    location: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CompensatingControl(ModelObject):
    """A control of a site against escape paths of its engines; `id` names the control."""

    id: str
    covers: tuple[str, ...]
    reason_zh: str = ""
    reason_en: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ObservedControl(ModelObject):
    """A compensating control that the running view observed on one engine."""

    id: str
    engine: str
    by: str
    covers: tuple[str, ...]
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MissingInput(ModelObject):
    """An input of a view that is missing or unreadable."""

    id: str
    what: str
    why: str
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Plugin(ModelObject):
    id: str
    engine: str
    name: str
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class UnsupportedResource(ModelObject):
    """A planned resource of a type that no rule can evaluate."""

    id: str
    type: str
    at: str = ""
