"""A snapshot of the district: networks, workloads, volumes, providers, flows, systems.

Three views produce it: declared (the blueprint), planned (a Pulumi plan) and running (engines and kernels). Reading an
unknown value raises `UnknownValueError`, also with `is None`. The JSON form omits defaults and writes an unknown value
as `{"unknown": WHY, "what": NAME}`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policies.gate import model
from policies.gate.model import ModelObject

SCHEMA = "lantu.snapshot/1"
KINDS: dict[str, type[ModelObject]] = {
    "engines": model.DockerEngine,
    "providers": model.Provider,
    "backends": model.Backend,
    "compensating_controls": model.CompensatingControl,
    "observed_controls": model.ObservedControl,
    "networks": model.Network,
    "workloads": model.Workload,
    "volumes": model.Volume,
    "plugins": model.Plugin,
    "others": model.UnsupportedResource,
    "segments": model.Segment,
    "hosts": model.Host,
    "images": model.Image,
    "blocks": model.Block,
    "flows": model.Flow,
    "open_ports": model.OpenPort,
    "rulesets": model.HostRuleset,
    "namespace_states": model.NamespaceState,
    "ungated_changes": model.UngatedChange,
    "agencies": model.Agency,
    "systems": model.System,
    "resources": model.DataResource,
    "exchanges": model.Exchange,
    "missing_inputs": model.MissingInput,
}
"""The lists of a snapshot, and the class of their objects."""
HEAD = ("view", "location", "site", "site_kind", "room_grade", "platform", "state", "confinement", "digest")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot in one view, with the indexes that rules need. Indexes are built on first use."""

    view: str
    location: str = ""
    """The location of a plan; empty if the view covers all locations."""
    site: str = ""
    site_kind: str = ""
    """lab or production."""
    room_grade: str = ""
    platform: str = ""
    """The data exchange platform."""
    state: str = ""
    """The state directory of a lab."""
    confinement: str = ""
    """How a lab's machine confines hosts: v1, v2, v1-apparmor or v2-apparmor; empty if not recorded."""
    digest: str = ""
    """SHA-256 of the blueprint, for the declared view."""
    engines: tuple[model.DockerEngine, ...] = ()
    providers: tuple[model.Provider, ...] = ()
    backends: tuple[model.Backend, ...] = ()
    compensating_controls: tuple[model.CompensatingControl, ...] = ()
    observed_controls: tuple[model.ObservedControl, ...] = ()
    networks: tuple[model.Network, ...] = ()
    workloads: tuple[model.Workload, ...] = ()
    volumes: tuple[model.Volume, ...] = ()
    plugins: tuple[model.Plugin, ...] = ()
    others: tuple[model.UnsupportedResource, ...] = ()
    segments: tuple[model.Segment, ...] = ()
    hosts: tuple[model.Host, ...] = ()
    images: tuple[model.Image, ...] = ()
    blocks: tuple[model.Block, ...] = ()
    flows: tuple[model.Flow, ...] = ()
    open_ports: tuple[model.OpenPort, ...] = ()
    rulesets: tuple[model.HostRuleset, ...] = ()
    namespace_states: tuple[model.NamespaceState, ...] = ()
    ungated_changes: tuple[model.UngatedChange, ...] = ()
    agencies: tuple[model.Agency, ...] = ()
    systems: tuple[model.System, ...] = ()
    resources: tuple[model.DataResource, ...] = ()
    exchanges: tuple[model.Exchange, ...] = ()
    missing_inputs: tuple[model.MissingInput, ...] = ()

    def of(self, kind: str) -> tuple[ModelObject, ...]:
        objects: tuple[ModelObject, ...] = getattr(self, kind)
        return objects

    @cached_property
    def engine(self) -> dict[str, model.DockerEngine]:
        return {item.id: item for item in self.engines}

    @cached_property
    def network(self) -> dict[str, model.Network]:
        return {item.id: item for item in self.networks}

    @cached_property
    def networks_named(self) -> dict[str, list[model.Network]]:
        """Networks by name, over all engines, without those whose name is unknown."""
        return _grouped((network.name, network) for network in self.networks if network.knows("name"))

    @cached_property
    def workload(self) -> dict[str, model.Workload]:
        return {item.id: item for item in self.workloads}

    @cached_property
    def interface_addresses(self) -> dict[tuple[str, str], set[str]]:
        """(Workload, network name) -> its addresses there."""
        pairs = (
            ((workload.id, interface.network), {interface.ipv4, interface.ipv6} - {""})
            for workload in self.workloads
            for interface in workload.interfaces
        )
        return dict(pairs)

    @cached_property
    def addresses_of_hosts(self) -> set[str]:
        """Of all hosts, in all segments."""
        return {address for held in self.interface_addresses.values() for address in held}

    @cached_property
    def ruleset(self) -> dict[str, model.HostRuleset]:
        """By host."""
        return {item.id: item for item in self.rulesets}

    @cached_property
    def segment(self) -> dict[str, model.Segment]:
        """By the id of its network."""
        return {item.network: item for item in self.segments}

    @cached_property
    def locations_of(self) -> dict[str, list[str]]:
        """Segment id -> the locations that have it."""
        by_id = _grouped((segment.id, segment.location) for segment in self.segments if segment.knows("location"))
        return {name: sorted(set(locations)) for name, locations in by_id.items()}

    @cached_property
    def host(self) -> dict[str, model.Host]:
        return {item.id: item for item in self.hosts}

    def hosts_of(self, location: str) -> list[model.Host]:
        """The hosts of a location, sorted."""
        return sorted((host for host in self.hosts if host.location == location), key=lambda item: item.id)

    @cached_property
    def host_of(self) -> dict[str, model.Host]:
        """By the id of its workload in a lab."""
        return {host.workload: host for host in self.hosts}

    @cached_property
    def open_port(self) -> dict[tuple[str, str, int], model.OpenPort]:
        """(Host, protocol, port) -> the port that a flow allows by the host's name."""
        return {(port.host, port.protocol, port.port): port for port in self.open_ports if port.named}

    @cached_property
    def allowed_ports(self) -> set[tuple[str, str, int]]:
        """(Host, protocol, port) of all ports that flows allow, by host or by segment."""
        return {(port.host, port.protocol, port.port) for port in self.open_ports}

    @cached_property
    def flow(self) -> dict[str, model.Flow]:
        return {item.id: item for item in self.flows}

    @cached_property
    def users_of(self) -> dict[str, list[model.Workload]]:
        """Network id -> the workloads in it."""
        return _grouped(
            (name, workload)
            for workload in self.workloads
            if workload.knows("interfaces")
            for name in workload.networks
        )

    @cached_property
    def image(self) -> dict[str, model.Image]:
        """By kind."""
        return {item.id: item for item in self.images}

    @cached_property
    def agency(self) -> dict[str, model.Agency]:
        return {item.id: item for item in self.agencies}

    @cached_property
    def system(self) -> dict[str, model.System]:
        return {item.id: item for item in self.systems}

    @cached_property
    def systems_order(self) -> dict[str, int]:
        """Position of each system in the register."""
        return {system.id: number for number, system in enumerate(self.systems)}

    @cached_property
    def _systems_by_function(self) -> dict[tuple[str, str], list[model.System]]:
        return _grouped((system.function, system) for system in self.systems)

    def systems_doing(self, system: model.System) -> list[model.System]:
        """All systems with the same capability and object. UnknownValueError if a system's function is unknown."""
        return self._systems_by_function[system.function]

    @cached_property
    def makers(self) -> dict[str, list[model.System]]:
        """Data resource -> the systems that produce it, in the order of the register."""
        return _grouped(
            (resource, system) for system in self.systems if system.knows("produces") for resource in system.produces
        )

    @cached_property
    def planned_exchanges(self) -> set[tuple[str, str]]:
        """Resource and consumer of every line of the exchange plan."""
        return {(exchange.resource, exchange.consumer) for exchange in self.exchanges}

    @cached_property
    def agencies_at(self) -> dict[str, list[model.Agency]]:
        """Agencies by the label of their site's domain."""
        return _grouped((agency.domain, agency) for agency in self.agencies if agency.knows("domain"))

    @cached_property
    def flows_between(self) -> dict[tuple[str, str], list[model.Flow]]:
        """By source and target, in their order."""
        complete = (flow for flow in self.flows if flow.knows("source") and flow.knows("target"))
        return _grouped(((item.source, item.target), item) for item in complete)

    @cached_property
    def resource(self) -> dict[str, model.DataResource]:
        return {item.id: item for item in self.resources}

    @cached_property
    def compensating_control(self) -> dict[str, model.CompensatingControl]:
        """Compensating controls by the escape path that they cover."""
        return {escape_path: control for control in self.compensating_controls for escape_path in control.covers}

    def as_json(self) -> dict[str, Any]:
        head = {"schema": SCHEMA, **{name: getattr(self, name) for name in HEAD}}
        body = {kind: [item.as_json() for item in self.of(kind)] for kind in KINDS}
        filled = {key: objects for key, objects in body.items() if objects}
        return {key: value for key, value in head.items() if value} | filled

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Snapshot:
        """The snapshot as `as_json` wrote it. ValueError with the reason if it is invalid."""
        if document.get("schema") != SCHEMA:
            raise ValueError(f"not a snapshot: schema {document.get('schema')!r}, expected {SCHEMA!r}")
        values: dict[str, Any] = {key: value for key, value in document.items() if key not in KINDS and key != "schema"}
        try:
            return cls(**values, **dict[str, Any](_objects(document)))
        except (TypeError, AttributeError) as mistake:
            raise ValueError(f"not a snapshot: {mistake}") from mistake


def _objects(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[ModelObject, ...]]]:
    for kind, class_ in KINDS.items():
        if kind in document:
            yield kind, tuple(class_.from_json(item) for item in document[kind])


def _grouped(pairs: Iterator[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return dict(groups)
