"""Declared flows, the ports that they open, and the rules that follow from them for each host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Flow as DeclaredFlow
from inventory.model.paths import End, paths, paths_of
from inventory.rendering.ruleset import ruleset
from policies.gate.model import Flow, HostRuleset, OpenPort
from policies.gate.views.nft import read


def flows(b: Blueprint) -> Iterator[Flow]:
    for flow in b.flows:
        ends = [(path.source, path.target) for path in paths_of(b, flow)]
        sources, targets = [source for source, _ in ends], [target for _, target in ends]
        yield Flow(
            id=flow.id,
            source=flow.source,
            target=flow.target,
            services=tuple(str(service) for service in flow.services),
            purpose_zh=flow.purpose_zh,
            purpose_en=flow.purpose_en,
            owner=flow.owner,
            approval=flow.approval,
            not_before=str(flow.not_before),
            expires=str(flow.expires),
            source_locations=_locations(b, sources),
            target_locations=_locations(b, targets),
            source_agencies=_agencies(b, sources),
            target_agencies=_agencies(b, targets),
            at=str(flow.at()),
        )


def _locations(b: Blueprint, ends: list[End]) -> tuple[str, ...]:
    return tuple(sorted({str(b.segment[end.segment].location) for end in ends}))


def _agencies(b: Blueprint, ends: list[End]) -> tuple[str, ...]:
    """Agencies whose private segment contains an end."""
    return tuple(sorted({agency for end in ends if (agency := b.segment[end.segment].agency) is not None}))


def open_ports(b: Blueprint, day: date) -> Iterator[OpenPort]:
    """The ports that flows allow at each host. A flow to a whole segment allows them at each host there."""
    flows_by_id: dict[str, DeclaredFlow] = {flow.id: flow for flow in b.flows}
    for path in paths(b, day):
        whole = [host.id for host in b.hosts if path.target.segment in host.interfaces] if path.target.whole else []
        for host in (*path.target.hosts, *whole):
            yield OpenPort(
                id=f"{path.flow}/{host}/{path.service}",
                named=not path.target.whole,
                flow=path.flow,
                host=host,
                protocol=path.service.protocol,
                port=path.service.port or 0,
                at=str(flows_by_id[path.flow].at()),
            )


def rulesets(b: Blueprint, day: date) -> Iterator[HostRuleset]:
    for host in b.hosts:
        text = ruleset(b, host, day)
        yield read(text, host.id, host.kind, str(host.at())).changed(text=text)
