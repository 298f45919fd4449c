"""Agencies, systems, data resources and their exchange."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model.blueprint import Blueprint
from inventory.model.systems import System as Entry
from policies.gate.model import Agency, DataResource, Exchange, System


def agencies(b: Blueprint) -> Iterator[Agency]:
    for one in b.agencies:
        yield Agency(
            id=one.id, name_zh=one.name_zh, name_en=one.name_en, domain=one.domain, kind=one.kind, at=str(one.at())
        )  # fmt: skip


def systems(b: Blueprint) -> Iterator[System]:
    for one in b.systems:
        yield _system(one)


def _system(one: Entry) -> System:
    run = one.deployment
    return System(
        id=one.id,
        name_zh=one.name_zh,
        name_en=one.name_en,
        agency=one.agency,
        zone=one.zone,
        capability=one.capability,
        object=one.object,
        state=one.state,
        kind=one.kind,
        level=one.level,
        jurisdiction=one.jurisdiction,
        former_names=one.former_names,
        owner=one.owner,
        contact=one.contact,
        approval=one.approval or "",
        data_class=one.data_class,
        protection=one.protection,
        functions=one.functions,
        users=one.users,
        produces=one.produces,
        consumes=one.consumes,
        reuses=one.reuses,
        project=one.project or "",
        deployed_at=one.deployed_at,
        image=run.image if run else "",
        port=run.port if run else 0,
        replicas=run.replicas if run else 0,
        memory_mib=run.memory_mib if run else 0,
        cpus=run.cpus if run else 0,
        at=str(one.at()),
    )


def resources(b: Blueprint) -> Iterator[DataResource]:
    for one in b.resources:
        yield DataResource(
            id=one.id,
            name_zh=one.name_zh,
            name_en=one.name_en,
            kind=one.kind,
            provider=one.provider,
            data_class=one.data_class,
            sharing=one.sharing,
            at=str(one.at()),
        )


def exchanges(b: Blueprint) -> Iterator[Exchange]:
    for one in b.exchanges:
        yield Exchange(id=one.id, resource=one.resource, provider=one.provider, consumer=one.consumer, at=str(one.at()))
