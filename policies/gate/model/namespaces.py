"""The kernel state of a network namespace: interfaces, routes, sockets, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Link(ModelObject):
    """A network interface; `master` is the bridge that it is attached to."""

    id: str
    kind: str = ""
    master: str = ""
    addresses: tuple[str, ...] = ()
    """Without link-local addresses (fe80::/10)."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class KernelRoute(ModelObject):
    """A route: `id` is the prefix, `via` the next hop, empty if the prefix is on the link."""

    id: str
    via: str = ""
    link: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Socket(ModelObject):
    """A listening socket; `ip` can be a wildcard address."""

    id: str = ""
    protocol: str
    port: int
    ip: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class NamespaceState(ModelObject):
    """One network namespace: a host's (`id` is the host) or an engine's (`id` is the engine)."""

    NESTED: ClassVar[dict[str, type[ModelObject]]] = {"links": Link, "routes": KernelRoute, "sockets": Socket}

    id: str
    kind: str
    links: tuple[Link, ...] = ()
    routes: tuple[KernelRoute, ...] = ()
    sockets: tuple[Socket, ...] = ()
    sysctls: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    """Family and name of every nftables table."""
    diverts: tuple[str, ...] = ()
    """Interfaces where a classifier or XDP program processes packets before any table, and its kind."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class UngatedChange(ModelObject):
    """An object that Pulumi created although rules deny it."""

    id: str
    rules: tuple[str, ...]
    at: str = ""
