"""What a network namespace has inside, as its kernel says: links, routes, sockets, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from policies.gate.model.base import ModelObject


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Link(ModelObject):
    """A network card of any kind; `master` is the bridge that it is plugged into."""

    id: str
    kind: str = ""
    master: str = ""
    addresses: tuple[str, ...] = ()
    """Without those that a link gives itself (fe80::/10)."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class KernelRoute(ModelObject):
    """A way out: `id` is the prefix, `via` the next station, empty where the prefix is on the link itself."""

    id: str
    via: str = ""
    link: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Socket(ModelObject):
    """Somebody who listens; `ip` may stand for all addresses."""

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
    """Links where something takes packets before any table sees them, and what: a classifier, an XDP program."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class UngatedChange(ModelObject):
    """Something that exists although rules deny it and Pulumi made it: the gate was passed by."""

    id: str
    rules: tuple[str, ...]
    at: str = ""
