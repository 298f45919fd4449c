"""Pulumi plan -> snapshot, for the policy pack, an exported state and a preview's event log.

An attachment with an unknown network name or id is resolved by the plan's dependencies, which list the networks that
it was computed from. If that is ambiguous, it stays unknown. If a program computes something else from a network's id,
the value is known before the resource is created, and the pack evaluates it again then.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from policies.gate.model import (
    Backend,
    Interface,
    MissingInput,
    ModelObject,
    Network,
    Provider,
    UnsupportedResource,
    Workload,
)
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.unknown import Unknown
from policies.gate.views.pulumi_values import WHY_ID, WHY_NEW, plain
from policies.gate.views.resources import HARMLESS, READ, Props

PROVIDERS = "pulumi:providers:"
DOCKER = PROVIDERS + "docker"
ENGINE_ID = re.compile(r"[0-9a-f]{64}|[0-9a-z]{25}")
"""How an engine names a network that exists: 64 hex digits, in a Swarm 25 letters and digits."""
INTERFACES_OF = {"container": "networksAdvanced", "service": "taskSpec"}
"""The property whose dependencies name the networks of a workload."""


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """One resource of a plan; `props` are its inputs as Pulumi's wire has them, `provider` is its provider's URN."""

    urn: str
    type: str
    props: Mapping[str, Any]
    provider: str = ""
    id: str = ""
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Property -> URNs that it was computed from."""


def planned(
    resources: Iterable[PlannedResource], declared: Snapshot, location: str, backend: str | None = None
) -> Snapshot:
    """The planned view of one stack, for `location`, with its state at `backend` (not evaluated if None)."""
    everything = list(resources)
    providers = {item.urn: _provider(item, declared, location) for item in everything if item.type == DOCKER}
    objects = [(item, *read) for item in everything if (read := _read(item, providers)) is not None]
    networks = Networks({resource.urn: item for resource, _, item in objects if isinstance(item, Network)})
    lists: dict[str, list[ModelObject]] = defaultdict(list)
    for resource, kind, item in objects:
        lists[kind].append(_followed(item, resource, networks) if isinstance(item, Workload) else item)
    missing_inputs = () if location else (MissingInput(id="location", what="LANTU_LOCATION", why="no-location"),)
    fields: dict[str, Any] = {kind: tuple(items) for kind, items in lists.items()}
    fields["providers"] = tuple(providers.values())
    if backend is not None:
        url: Any = backend or Unknown("PULUMI_BACKEND_URL", "not-given")
        fields["backends"] = (Backend(id="state", url=url, location=location),)
    return Snapshot(view="planned", location=location, missing_inputs=missing_inputs, **fields)


def digest(text: str) -> str:
    """An identifier of a credential that does not reveal it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def name_of(urn: str) -> str:
    return urn.rpartition("::")[2]


def _provider(planned_resource: PlannedResource, declared: Snapshot, location: str) -> Provider:
    props = Props(plain(planned_resource.props, "provider"))
    host = props("host")
    engine: Any = host if isinstance(host, Unknown) else _engine_at(host, declared)
    certificate = props.first("certPath", "certMaterial")
    credential: Any = certificate if isinstance(certificate, Unknown) else digest(certificate)
    return Provider(
        id=name_of(planned_resource.urn),
        host=host,
        engine=engine,
        location=location,
        secured=bool(planned_resource.props.get("certPath") or planned_resource.props.get("certMaterial")),
        credential=credential,
        at=planned_resource.urn,
    )


def _engine_at(host: str, declared: Snapshot) -> str:
    return next((engine.id for engine in declared.engines if host in engine.hosts), "")


def _read(planned_resource: PlannedResource, providers: Mapping[str, Provider]) -> tuple[str, ModelObject] | None:
    """The list and object of a resource; None for types without networks, mounts or ports."""
    if planned_resource.type in READ:
        kind, read = READ[planned_resource.type]
        props = Props(
            {**Props(plain(planned_resource.props, name_of(planned_resource.urn))).raw, "id": planned_resource.id}
        )
        return kind, read(props, _engine_of(planned_resource, providers), planned_resource.urn)
    if not planned_resource.provider or planned_resource.type.startswith((PROVIDERS, *HARMLESS)):
        return None
    return "others", UnsupportedResource(
        id=name_of(planned_resource.urn), type=planned_resource.type, at=planned_resource.urn
    )


def _engine_of(planned_resource: PlannedResource, providers: Mapping[str, Provider]) -> Any:
    provider = providers.get(planned_resource.provider)
    if provider is None:
        return Unknown("provider", "not-in-the-plan")
    if not provider.knows("host"):
        return Unknown("provider.host", WHY_NEW)
    return provider.engine or f"[{provider.host or 'default'}]"


class Networks:
    """The plan's networks, by URN and by the id that an engine gave them."""

    def __init__(self, by_urn: Mapping[str, Network]) -> None:
        self.by_urn = by_urn
        self.names = {item.reference: item.name for item in by_urn.values() if item.reference and item.knows("name")}


def _followed(workload: Workload, planned_resource: PlannedResource, networks: Networks) -> Workload:
    """The workload, with the interfaces that its dependencies resolve."""
    if not workload.knows("interfaces") or all(_is_named(interface, networks) for interface in workload.interfaces):
        return workload
    interfaces = [
        _renamed(interface, networks.names.get(interface.network)) if interface.knows("network") else interface
        for interface in workload.interfaces
    ]
    waiting = [
        interface
        for interface in interfaces
        if not interface.knows("network") or ENGINE_ID.fullmatch(interface.network)
    ]
    if not waiting:
        return workload.changed(interfaces=tuple(interfaces))
    settled = {interface.network for interface in interfaces if interface not in waiting}
    reached = [
        networks.by_urn[urn]
        for urn in planned_resource.depends.get(INTERFACES_OF[workload.kind], ())
        if urn in networks.by_urn
    ]
    reached = [network for network in reached if network.knows("name") and network.name not in settled]
    names = dict(_matched(waiting, reached))
    return workload.changed(interfaces=tuple(_settled(interface, names.get(interface.id)) for interface in interfaces))


def _is_named(interface: Interface, networks: Networks) -> bool:
    """Whether an interface gives its network's name, which is the usual case."""
    return (
        interface.knows("network")
        and interface.network not in networks.names
        and not ENGINE_ID.fullmatch(interface.network)
    )


def _settled(interface: Interface, name: str | None) -> Interface:
    """An interface given by the engine's internal id is unknown unless the plan has that network."""
    if name is None and interface.knows("network") and ENGINE_ID.fullmatch(interface.network):
        return interface.changed(network=Unknown(f"networks {interface.network[:12]}", WHY_ID))
    return _renamed(interface, name)


def _renamed(interface: Interface, name: str | None) -> Interface:
    return interface if name is None else interface.changed(network=name)


def _matched(interfaces: list[Interface], networks: list[Network]) -> Iterator[tuple[str, str]]:
    """Interface (by id) -> network (by name): by address; then in order, if equally many are left."""
    left = list(networks)
    unplaced = []
    for interface in interfaces:
        fitting = [network for network in left if _fits(interface, network)]
        if len(fitting) == 1:
            left.remove(fitting[0])
            yield interface.id, fitting[0].name
        else:
            unplaced.append(interface)
    if len(unplaced) == len(left):
        yield from ((interface.id, network.name) for interface, network in zip(unplaced, left, strict=True))


def _fits(interface: Interface, network: Network) -> bool:
    if not interface.knows("ipv4") or not interface.ipv4 or not network.knows("prefixes"):
        return False
    try:
        address = ip_address(interface.ipv4)
    except ValueError:
        return False
    return any(address in ip_network(prefix) for prefix in network.prefixes if ip_network(prefix).version == 4)
