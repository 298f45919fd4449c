"""Engines, how a plan reaches them, and what stands between a plan and its state."""

from __future__ import annotations

from dataclasses import dataclass

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DockerEngine(ModelObject):
    """A container engine: a place's own, or the shared cloud's (`cloud`)."""

    id: str
    location: str
    hosts: tuple[str, ...] = ()
    """Addresses that a provider may reach it by."""
    at_least: str = ""
    """The version that the site promises; empty where it promises none."""
    version: str = ""
    """The version that was seen."""
    control_groups: int = 0
    """Version of the kernel's control groups, where it was seen; on 1 every container is in the host's."""
    answers: bool = True
    """False where it was asked and said nothing: it is stopped, or gone."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Provider(ModelObject):
    """How a plan reaches an engine."""

    id: str
    host: str = ""
    engine: str = ""
    """Empty where its host is no engine of the blueprint."""
    location: str = ""
    """The place of the stack that uses it."""
    secured: bool = False
    """Whether it shows a certificate of its own."""
    credential: str = ""
    """What tells its certificate or key from another's: a path or a digest, never the key."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Backend(ModelObject):
    """Where a plan keeps its state."""

    id: str
    url: str
    location: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CompensatingControl(ModelObject):
    """What a site does about leaks that its engines leave open; `id` is what does it."""

    id: str
    covers: tuple[str, ...]
    reason_zh: str = ""
    reason_en: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ObservedControl(ModelObject):
    """A compensation that the running view saw at work on one engine."""

    id: str
    engine: str
    by: str
    covers: tuple[str, ...]
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MissingInput(ModelObject):
    """Something that a view should have seen and could not: an input that is missing or unreadable."""

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
    """A planned resource of a type that no rule can judge."""

    id: str
    type: str
    at: str = ""
