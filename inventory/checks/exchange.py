"""The exchange plan: consistent with the catalogue, and only shared resources."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint, grouped
from inventory.model.catalogue import DataResource, Sharing
from inventory.model.exchange import Exchange
from inventory.model.zones import CLASSES_OF_ZONE
from inventory.texts.problems import Problem
from inventory.texts.text import Text, one_of


def _exchanges(d: DraftBlueprint) -> Iterator[tuple[Exchange, DataResource]]:
    for exchange in d.blueprint.exchanges:
        if exchange.resource in d.blueprint.resource:
            yield exchange, d.blueprint.resource[exchange.resource]


def providers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP032, BP069: the wrong provider for a resource, or a resource that is not shared."""
    for exchange, resource in _exchanges(d):
        if resource.provider != exchange.provider:
            values = {"resource": resource.id, "value": exchange.provider, "expected": resource.provider}
            yield Problem("BP032", exchange.at("provider"), values, resource.at("provider"))
        if resource.sharing is Sharing.NONE:
            values = {"exchange": exchange.id, "value": resource.id, "consumer": exchange.consumer}
            yield Problem("BP069", exchange.at("resource"), values, resource.at("sharing"))


def consumers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP068: an exchange with the same provider and consumer."""
    for exchange in d.blueprint.exchanges:
        if exchange.provider == exchange.consumer:
            yield Problem(
                "BP068",
                exchange.at("consumer"),
                {"exchange": exchange.id, "value": exchange.consumer},
                exchange.at("provider"),
            )


def twice(d: DraftBlueprint) -> Iterator[Problem]:
    """BP070: two exchanges of the same resource to the same agency."""
    for first, *others in grouped(d.blueprint.exchanges, lambda item: (item.resource, item.consumer)):
        for other in others:
            values = {"value": other.resource, "consumer": other.consumer, "other": first.id}
            yield Problem("BP070", other.at("resource"), values, first.at("resource"))


def classes(d: DraftBlueprint) -> Iterator[Problem]:
    """BP017: an exchange of data of a class that the platform's zone does not allow."""
    platform = d.blueprint.system.get(d.blueprint.platform)
    if platform is None:
        return
    allowed = CLASSES_OF_ZONE[platform.zone]
    for exchange, resource in _exchanges(d):
        if resource.data_class not in allowed:
            what = Text(f"经 {platform.id} 的交换 {exchange.id}", f"exchange {exchange.id} through {platform.id}")
            values = {"what": what, "value": resource.data_class, "zone": platform.zone, "expected": one_of(allowed)}
            yield Problem("BP017", exchange.at("resource"), values, resource.at("data_class"))
