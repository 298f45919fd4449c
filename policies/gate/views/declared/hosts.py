"""Hosts, and their containers in a lab."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model.blueprint import Blueprint
from policies.gate.model import Host, Interface, Workload


def workloads(b: Blueprint) -> Iterator[Workload]:
    for host in b.hosts:
        interfaces = []
        for segment in host.interfaces:
            pair = b.addresses(host, segment)
            interfaces.append(Interface(id=segment, network=segment, ipv4=str(pair.ipv4), ipv6=str(pair.ipv6)))
        name, at = f"{host.location}/{host.id}", str(host.at())
        yield Workload(id=name, engine=host.location, name=host.id, kind="host", interfaces=tuple(interfaces), at=at)


def hosts(b: Blueprint) -> Iterator[Host]:
    for host in b.hosts:
        management = b.management_of(host) or ""
        yield Host(
            id=host.id,
            kind=host.kind,
            location=host.location,
            workload=f"{host.location}/{host.id}",
            interfaces=tuple(host.interfaces),
            management=management if management not in b.working_interfaces(host) else "",
            agency=host.agency or "",
            room_grade=host.room_grade,
            release=b.release_of(host),
            at=str(host.at()),
        )
