"""What is judged: networks, workloads, volumes, providers, systems, however they were seen.

Three views make the same Estate: declared (the blueprint), planned (what Pulumi is about to do) and running (engines
and kernels). A value that is not known is a hole: reading it raises `NotKnownError`, also by `is None`. The JSON form
leaves out what has its default, and writes a hole as `{"unknown": WHY}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Self

from policies.unknown import NotKnownError, Partly, Unknown, mapping

SCHEMA = "lantu.estate/1"


class Node:
    """A thing of an estate. `id` is stable over views and runs; `at` is where it was seen, for people."""

    __slots__ = ("_holes",)
    __dataclass_fields__: ClassVar[dict[str, Any]]
    NESTED: ClassVar[dict[str, type[Node]]] = {}
    _holes: dict[str, Unknown]
    id: str
    at: str

    def __post_init__(self) -> None:
        holes: dict[str, Unknown] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if value.__class__ is Unknown:
                holes[name] = value
                object.__delattr__(self, name)
        object.__setattr__(self, "_holes", holes)

    def __getattr__(self, name: str) -> Any:
        """Only asked where a slot is empty, which is where a value is not known."""
        hole = object.__getattribute__(self, "_holes").get(name)
        if hole is None:
            raise AttributeError(name)
        raise NotKnownError(hole.what, hole.why)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.as_json()})"

    def knows(self, name: str) -> bool:
        return name not in self._holes

    def raw(self, name: str) -> Any:
        """The value, or the hole in its place."""
        return self._holes[name] if name in self._holes else getattr(self, name)

    def changed(self, **changes: Any) -> Self:
        """The same node with other values in some fields; holes stay."""
        values = {one.name: self.raw(one.name) for one in fields(self)}
        return type(self)(**{**values, **changes})

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for one in fields(self):
            value = self.raw(one.name)
            if isinstance(value, Unknown | Partly) or value != _default(one):
                document[one.name] = _plain(value)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The node as `as_json` wrote it. TypeError for a key that it does not have."""
        return cls(**{name: _read(cls, name, value) for name, value in document.items()})


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": value.why, "what": value.what}
    if isinstance(value, Node):
        return value.as_json()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Partly):
        return _plain(value.raw)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _read(cls: type[Node], name: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "unknown" in value and value.keys() <= {"unknown", "what"}:
            return Unknown(value.get("what", name), value["unknown"])
        nested = cls.NESTED.get(name)
        if nested is not None:
            return nested.from_json(value)
        return mapping({key: _read(Node, f"{name}.{key}", one) for key, one in value.items()})
    if isinstance(value, list):
        return tuple(_read(cls, name, one) for one in value)
    return value


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Engine(Node):
    """A container engine: a place's own, or the shared cloud's (`cloud`)."""

    id: str
    place: str
    hosts: tuple[str, ...] = ()
    """Addresses that a provider may reach it by."""
    version: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Provider(Node):
    """How a plan reaches an engine. `engine` is empty where its host is no engine of the blueprint."""

    id: str
    host: str = ""
    engine: str = ""
    place: str = ""
    """The place of the stack that uses it."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Network(Node):
    """A network of an engine; `id` is ENGINE/NAME. Prefixes are in normal form and in order."""

    id: str
    engine: str
    name: str
    driver: str = "bridge"
    internal: bool = False
    ipv6: bool = False
    attachable: bool = False
    ingress: bool = False
    prefixes: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    ipam_driver: str = "default"
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    """The engine's own id of it, where it exists."""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Leg(Node):
    """One attachment of a workload: the network's name on the same engine, and the addresses in it."""

    id: str = ""
    """Where it stands in its workload; no identity beyond that."""
    network: str
    ipv4: str = ""
    ipv6: str = ""
    mac: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Port(Node):
    """A port that an engine publishes on its host. `published` is 0 where the engine chooses."""

    internal: int
    published: int = 0
    protocol: str = "tcp"
    ip: str = ""
    mode: str = "host"
    """host: on the node of the task; ingress: on every node."""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Mount(Node):
    """What is mounted into a workload; `source` is a path, or a volume's name, or empty for an anonymous volume."""

    kind: str
    target: str
    source: str = ""
    read_only: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Workload(Node):
    """A container, a service of the cloud, or (declared) a host. `id` is ENGINE/NAME."""

    NESTED: ClassVar[dict[str, type[Node]]] = {"legs": Leg, "ports": Port, "mounts": Mount}

    id: str
    engine: str
    name: str
    kind: str = "container"
    image: str = ""
    legs: tuple[Leg, ...] = ()
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    userns_mode: str = ""
    cgroupns_mode: str = ""
    privileged: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    security_opts: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    """Files copied in before the start; paths in the container, never contents."""
    ports: tuple[Port, ...] = ()
    publish_all: bool = False
    endpoint_mode: str = ""
    sysctls: Mapping[str, Any] = field(default_factory=dict)
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    log_driver: str = ""
    log_targets: tuple[str, ...] = ()
    """Addresses that its log driver ships to."""
    secret_env: tuple[str, ...] = ()
    """Names of environment variables whose value is, or looks like, a secret; never the value."""
    memory_mib: float = 0
    """0 where there is no limit."""
    cpus: float = 0
    pids: int = 0
    labels: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    @property
    def networks(self) -> tuple[str, ...]:
        """Ids of the networks that it stands in."""
        return tuple(f"{self.engine}/{leg.network}" for leg in self.legs)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Volume(Node):
    id: str
    engine: str
    name: str
    driver: str = "local"
    driver_opts: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Plugin(Node):
    id: str
    engine: str
    name: str
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Other(Node):
    """A planned resource of a type that no rule can judge."""

    id: str
    type: str
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Segment(Node):
    """What the blueprint says of a network beyond what an engine knows."""

    id: str
    network: str
    zone: str
    kind: str
    place: str
    agency: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Host(Node):
    """A declared host; `workload` is the id of the container that is it in a lab."""

    id: str
    kind: str
    place: str
    workload: str
    legs: tuple[str, ...] = ()
    management: str = ""
    """The one leg over which it is managed, where that is a segment of its own."""
    agency: str = ""
    room_grade: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Block(Node):
    """Addresses set aside for one zone."""

    id: str
    zone: str
    place: str
    prefix: str
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Opening(Node):
    """What one declared flow lets in at one host: a protocol and a port."""

    id: str
    flow: str
    host: str
    protocol: str
    port: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class System(Node):
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
    """As its owner states it: shown, never believed."""
    data_class: str = ""
    protection: int = 0
    deployed_at: tuple[str, ...] = ()
    port: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Gap(Node):
    """Something that a view should have seen and could not: an input that is missing or unreadable."""

    id: str
    what: str
    why: str
    at: str = ""


KINDS: dict[str, type[Node]] = {
    "engines": Engine,
    "providers": Provider,
    "networks": Network,
    "workloads": Workload,
    "volumes": Volume,
    "plugins": Plugin,
    "others": Other,
    "segments": Segment,
    "hosts": Host,
    "blocks": Block,
    "openings": Opening,
    "systems": System,
    "gaps": Gap,
}


@dataclass(frozen=True, kw_only=True)
class Estate:
    """One view, with the look-ups that rules need. Everything is indexed once, when it is first asked for."""

    view: str
    place: str = ""
    """The place that a plan is for; empty where the view covers all."""
    site: str = ""
    digest: str = ""
    """SHA-256 of the blueprint, for the declared view."""
    engines: tuple[Engine, ...] = ()
    providers: tuple[Provider, ...] = ()
    networks: tuple[Network, ...] = ()
    workloads: tuple[Workload, ...] = ()
    volumes: tuple[Volume, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    others: tuple[Other, ...] = ()
    segments: tuple[Segment, ...] = ()
    hosts: tuple[Host, ...] = ()
    blocks: tuple[Block, ...] = ()
    openings: tuple[Opening, ...] = ()
    systems: tuple[System, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def of(self, kind: str) -> tuple[Node, ...]:
        nodes: tuple[Node, ...] = getattr(self, kind)
        return nodes

    @cached_property
    def engine(self) -> dict[str, Engine]:
        return {one.id: one for one in self.engines}

    @cached_property
    def network(self) -> dict[str, Network]:
        return {one.id: one for one in self.networks}

    @cached_property
    def workload(self) -> dict[str, Workload]:
        return {one.id: one for one in self.workloads}

    @cached_property
    def segment(self) -> dict[str, Segment]:
        """By the id of the network that it is."""
        return {one.network: one for one in self.segments}

    @cached_property
    def host(self) -> dict[str, Host]:
        return {one.id: one for one in self.hosts}

    @cached_property
    def host_of(self) -> dict[str, Host]:
        """By the id of the workload that it is in a lab."""
        return {one.workload: one for one in self.hosts}

    @cached_property
    def opening(self) -> dict[tuple[str, str, int], Opening]:
        """By host, protocol and port."""
        return {(one.host, one.protocol, one.port): one for one in self.openings}

    def as_json(self) -> dict[str, Any]:
        head = {"schema": SCHEMA, "view": self.view, "place": self.place, "site": self.site, "digest": self.digest}
        body = {kind: [node.as_json() for node in self.of(kind)] for kind in KINDS}
        return {key: value for key, value in head.items() if value} | {
            key: nodes for key, nodes in body.items() if nodes
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Estate:
        """The estate as `as_json` wrote it. ValueError with the reason where it is not one."""
        if document.get("schema") != SCHEMA:
            raise ValueError(f"not an estate: schema {document.get('schema')!r}, expected {SCHEMA!r}")
        values: dict[str, Any] = {key: value for key, value in document.items() if key not in KINDS and key != "schema"}
        try:
            return cls(**values, **dict[str, Any](_nodes(document)))
        except (TypeError, AttributeError) as mistake:
            raise ValueError(f"not an estate: {mistake}") from mistake


def _nodes(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Node, ...]]]:
    for kind, node in KINDS.items():
        if kind in document:
            yield kind, tuple(node.from_json(one) for one in document[kind])
