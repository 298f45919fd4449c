"""Agencies, systems, data resources and their exchange."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model.blueprint import Blueprint
from inventory.model.systems import System as Entry
from policies.gate.model import Agency, DataResource, Exchange, System


def agencies(b: Blueprint) -> Iterator[Agency]:
    for agency in b.agencies:
        yield Agency(
            id=agency.id,
            name_zh=agency.name_zh,
            name_en=agency.name_en,
            domain=agency.domain,
            kind=agency.kind,
            at=str(agency.at()),
        )  # fmt: skip


def systems(b: Blueprint) -> Iterator[System]:
    for system in b.systems:
        yield _system(system)


def _system(entry: Entry) -> System:
    run = entry.deployment
    return System(
        id=entry.id,
        name_zh=entry.name_zh,
        name_en=entry.name_en,
        agency=entry.agency,
        zone=entry.zone,
        capability=entry.capability,
        object=entry.object,
        state=entry.state,
        kind=entry.kind,
        level=entry.level,
        jurisdiction=entry.jurisdiction,
        former_names=entry.former_names,
        owner=entry.owner,
        contact=entry.contact,
        approval=entry.approval or "",
        data_class=entry.data_class,
        protection=entry.protection,
        functions=entry.functions,
        users=entry.users,
        produces=entry.produces,
        consumes=entry.consumes,
        reuses=entry.reuses,
        project=entry.project or "",
        deployed_at=entry.deployed_at,
        image=run.image if run else "",
        port=run.port if run else 0,
        replicas=run.replicas if run else 0,
        memory_mib=run.memory_mib if run else 0,
        cpus=run.cpus if run else 0,
        at=str(entry.at()),
    )


def resources(b: Blueprint) -> Iterator[DataResource]:
    for resource in b.resources:
        yield DataResource(
            id=resource.id,
            name_zh=resource.name_zh,
            name_en=resource.name_en,
            kind=resource.kind,
            provider=resource.provider,
            data_class=resource.data_class,
            sharing=resource.sharing,
            at=str(resource.at()),
        )


def exchanges(b: Blueprint) -> Iterator[Exchange]:
    for exchange in b.exchanges:
        yield Exchange(
            id=exchange.id,
            resource=exchange.resource,
            provider=exchange.provider,
            consumer=exchange.consumer,
            at=str(exchange.at()),
        )
