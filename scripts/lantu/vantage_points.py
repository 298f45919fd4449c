"""The blueprint's vantage points as the lab makes them: a namespace, a leg, and the routes such a person would have."""

from __future__ import annotations

from collections.abc import Iterator

from lab import vantage
from lab.rules import Management

from inventory.model.addressing import VIRTUAL_GATEWAY, addresses
from inventory.model.hosts import Vantage
from inventory.model.zones import LocationId, ZoneId
from lantu.context import Context, Workspace


def wanted(context: Context) -> Iterator[vantage.VantageNamespace]:
    """Every vantage point of the blueprint, ready to be made."""
    for item in context.blueprint.vantages:
        yield _vantage(context, item)


def _vantage(context: Context, one: Vantage) -> vantage.VantageNamespace:
    blueprint = context.blueprint
    segment, pair = blueprint.segment[one.segment], blueprint.addresses(one, one.segment)
    own = (f"{pair.ipv4}/{segment.ipv4.prefixlen}", f"{pair.ipv6}/{segment.ipv6.prefixlen}")
    interface = vantage.VantageInterface(context.workspace(one.location).lab, segment.id, segment.id, own)
    return vantage.VantageNamespace(context.lab.vantage_namespace(one.id), (interface,), tuple(_routes(context, one)))


def _routes(context: Context, one: Vantage) -> Iterator[vantage.VantageRoute]:
    """Routes to everything in its place, whether it may go there or not: what stops it has to be the gateway."""
    blueprint = context.blueprint
    if one.location is LocationId.INTRANET:
        return
    segment = blueprint.segment[one.segment]
    via = addresses(segment, VIRTUAL_GATEWAY)
    for block in blueprint.blocks:
        if block.zone is not ZoneId.INTRANET and block.prefix not in segment.prefixes:
            yield vantage.VantageRoute(str(block.prefix), str(via.ipv6 if block.prefix.version == 6 else via.ipv4))


def management(context: Context, workspace: Workspace) -> list[Management]:
    """The management segments of a place, where hosts talk with the bastion only."""
    blueprint = context.blueprint
    bastion = blueprint.bastion(workspace.location)
    rules = []
    for segment in blueprint.segments_at(workspace.location):
        if segment.kind.value == "management":
            pair = blueprint.addresses(bastion, segment.id)
            rules.append(Management(str(segment.ipv4), (str(pair.ipv4),)))
            rules.append(Management(str(segment.ipv6), (str(pair.ipv6),)))
    return rules
