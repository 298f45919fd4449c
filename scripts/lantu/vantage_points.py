"""The blueprint's vantage points as the lab builds them: a network namespace, an interface, and routes."""

from __future__ import annotations

from collections.abc import Iterator

from lab import vantage
from lab.rules import Management

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.hosts import Vantage
from inventory.model.zones import LocationId, ZoneId
from lantu.context import LabContext, Workspace


def vantages(context: LabContext) -> Iterator[vantage.VantageNamespace]:
    """Every vantage point of the blueprint."""
    for item in context.blueprint.vantages:
        yield _vantage(context, item)


def _vantage(context: LabContext, item: Vantage) -> vantage.VantageNamespace:
    blueprint = context.blueprint
    segment, pair = blueprint.segment[item.segment], blueprint.addresses(item, item.segment)
    own = (f"{pair.ipv4}/{segment.ipv4.prefixlen}", f"{pair.ipv6}/{segment.ipv6.prefixlen}")
    interface = vantage.VantageInterface(context.workspace(item.location).lab, segment.id, segment.id, own)
    return vantage.VantageNamespace(context.lab.vantage_namespace(item.id), (interface,), tuple(_routes(context, item)))


def _routes(context: LabContext, item: Vantage) -> Iterator[vantage.VantageRoute]:
    """Routes to all blocks of its location, also those that no flow allows: the gateway must drop that traffic."""
    blueprint = context.blueprint
    if item.location is LocationId.INTRANET:
        return
    segment = blueprint.segment[item.segment]
    via = addresses(segment, VIRTUAL_GATEWAY)
    for block in blueprint.blocks:
        if block.zone is not ZoneId.INTRANET and block.prefix not in segment.prefixes:
            yield vantage.VantageRoute(str(block.prefix), str(via.ipv6 if block.prefix.version == 6 else via.ipv4))


def management(context: LabContext, workspace: Workspace) -> list[Management]:
    """The management segments of a location, where hosts may exchange packets with the bastion only."""
    blueprint = context.blueprint
    bastion = blueprint.bastion(workspace.location)
    rules = []
    for segment in blueprint.segments_at(workspace.location):
        if segment.kind.value == "management":
            pair = blueprint.addresses(bastion, segment.id)
            rules.append(Management(str(segment.ipv4), (str(pair.ipv4),)))
            rules.append(Management(str(segment.ipv6), (str(pair.ipv6),)))
    return rules
