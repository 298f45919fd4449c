"""The whole blueprint as one frozen object, with look-ups by id."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path

from inventory.model.addresses import Block
from inventory.model.addressing import Pair, addresses
from inventory.model.agencies import Agency, District
from inventory.model.catalogue import DataResource
from inventory.model.exchange import Exchange
from inventory.model.flows import Flow
from inventory.model.hosts import Host, HostKind, Release, Vantage
from inventory.model.programme import ServiceHall, Task
from inventory.model.sites import Site
from inventory.model.systems import System
from inventory.model.zones import LocationId, Segment, SegmentKind, Zone, ZoneId


@dataclass(frozen=True)
class Blueprint:
    """All parts of a blueprint. `deployed_subset` is what the site deploys."""

    directory: Path
    digest: str
    """SHA-256 of the names and bytes of its files."""
    site: Site
    district: District
    agencies: tuple[Agency, ...]
    zones: tuple[Zone, ...]
    segments: tuple[Segment, ...]
    blocks: tuple[Block, ...]
    overlays: IPv4Network
    hosts: tuple[Host, ...]
    vantages: tuple[Vantage, ...]
    flows: tuple[Flow, ...]
    systems: tuple[System, ...]
    resources: tuple[DataResource, ...]
    platform: str
    exchanges: tuple[Exchange, ...]
    tasks: tuple[Task, ...]
    service_halls: tuple[ServiceHall, ...]

    @cached_property
    def agency(self) -> dict[str, Agency]:
        return {item.id: item for item in self.agencies}

    @cached_property
    def zone(self) -> dict[ZoneId, Zone]:
        return {item.id: item for item in self.zones}

    @cached_property
    def segment(self) -> dict[str, Segment]:
        return {item.id: item for item in self.segments}

    @cached_property
    def host(self) -> dict[str, Host]:
        return {item.id: item for item in self.hosts}

    @cached_property
    def vantage(self) -> dict[str, Vantage]:
        return {item.id: item for item in self.vantages}

    @cached_property
    def system(self) -> dict[str, System]:
        return {item.id: item for item in self.systems}

    @cached_property
    def task(self) -> dict[str, Task]:
        return {item.id: item for item in self.tasks}

    @cached_property
    def resource(self) -> dict[str, DataResource]:
        return {item.id: item for item in self.resources}

    def segments_at(self, location: LocationId) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.location == location)

    def hosts_at(self, location: LocationId) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if host.location == location)

    def bastion(self, location: LocationId) -> Host:
        return next(host for host in self.hosts_at(location) if host.kind is HostKind.BASTION)

    def gateways_of(self, segment: str) -> tuple[Host, ...]:
        return tuple(gateway for gateway in self._gateways if segment in gateway.interfaces)

    @cached_property
    def _gateways(self) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if host.kind is HostKind.GATEWAY)

    def addresses(self, host: Host | Vantage, segment: str) -> Pair:
        """Addresses of a host or vantage point in one of its segments."""
        number = host.interfaces[segment] if isinstance(host, Host) else host.number
        return addresses(self.segment[segment], number)

    def management_of(self, host: Host) -> str | None:
        """Segment for managing a host: its management segment, in the intranet its only segment."""
        management = [name for name in host.interfaces if self.segment[name].kind is SegmentKind.MANAGEMENT]
        return next(iter(management or host.interfaces), None)

    def working_interfaces(self, host: Host) -> tuple[str, ...]:
        """Segments of a host except the management segment."""
        return tuple(
            interface for interface in host.interfaces if self.segment[interface].kind is not SegmentKind.MANAGEMENT
        )

    def release_of(self, host: Host) -> Release:
        """Debian release of a host: its own, or its site's."""
        return host.release or self.site.release

    @cached_property
    def deployed_subset(self) -> Blueprint:
        """The part that the site deploys: private segments and hosts of its agencies, and everything shared."""
        agencies = set(self.site.agencies)
        segments = tuple(segment for segment in self.segments if segment.agency is None or segment.agency in agencies)
        names = {segment.id for segment in segments}
        hosts = tuple(
            _with_interfaces(host, names) for host in self.hosts if host.agency is None or host.agency in agencies
        )
        subset = replace(self, segments=segments, hosts=hosts)
        return replace(subset, flows=tuple(flow for flow in self.flows if subset.knows(flow)))

    def knows(self, flow: Flow) -> bool:
        """Whether both ends of a flow exist in this blueprint."""
        return all(self._has(end) for end in (flow.source, flow.target))

    def _has(self, end: str) -> bool:
        kind, _, name = end.partition(":")
        existing: dict[str, Container[str]] = {
            "segment": self.segment,
            "host": self.host,
            "vantage": self.vantage,
            "system": self.system,
        }
        return kind == "kind" or name in existing[kind]


def _with_interfaces(host: Host, segments: set[str]) -> Host:
    kept = {interface: number for interface, number in host.interfaces.items() if interface in segments}
    if kept == host.interfaces:
        return host
    return host.model_copy(update={"interfaces": kept})
