"""Declared flows, the ports that they allow, and the ruleset of each host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from policies.gate.model.base import ModelObject

TASK_BRIDGE = "docker_gwbridge"
"""The bridge to which a node's engine attaches the second interface of a task."""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OpenPort(ModelObject):
    """A protocol and port that a declared flow allows at a host."""

    id: str
    flow: str
    host: str
    protocol: str
    port: int = 0
    named: bool = True
    """Whether the flow names the host; false if it names its whole segment."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Flow(ModelObject):
    """A declared flow. Dates are ISO text or `never`."""

    id: str
    source: str
    target: str
    services: tuple[str, ...]
    purpose_zh: str = ""
    purpose_en: str = ""
    owner: str = ""
    approval: str = ""
    """As its owner states it: printed, but never trusted."""
    not_before: str = ""
    expires: str = ""
    source_locations: tuple[str, ...] = ()
    target_locations: tuple[str, ...] = ()
    source_agencies: tuple[str, ...] = ()
    """Agencies whose private segments or hosts are at that end."""
    target_agencies: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class BaseChain(ModelObject):
    """One base chain of a host's rules, as text."""

    id: str = ""
    hook: str
    policy: str
    rules: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class HostRuleset(ModelObject):
    """The nftables text of a host, read into its base chains; `id` is the host."""

    NESTED: ClassVar[dict[str, type[ModelObject]]] = {"chains": BaseChain, "rendered": BaseChain}

    id: str
    kind: str = ""
    """The kind of host."""
    flushes: tuple[str, ...] = ()
    """Statements that flush tables of others."""
    chains: tuple[BaseChain, ...] = ()
    text: str = ""
    """The rendered ruleset; only in the declared view."""
    rendered: tuple[BaseChain, ...] = ()
    """Only in the running view: the rendered ruleset in the notation of the loaded one."""
    at: str = ""


def closes_tasks(ruleset: HostRuleset) -> bool:
    """Whether input and forward drop by default and accept no new connections from the tasks' bridge."""
    for hook in ("input", "forward"):
        chains = [chain for chain in ruleset.chains if chain.hook == hook]
        if not any(chain.policy == "drop" for chain in chains):
            return False
        if any(f'iifname "{TASK_BRIDGE}"' in text and "accept" in text for chain in chains for text in chain.rules):
            return False
    return True
