"""The exchange plan agrees with the catalogue, and what it gives away may be given."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.draft import DraftBlueprint, grouped
from inventory.model.catalogue import DataResource, Sharing
from inventory.model.exchange import Exchange
from inventory.model.zones import CLASSES_OF_ZONE
from inventory.texts.problems import Problem
from inventory.texts.text import Text, one_of


def _known(d: DraftBlueprint) -> Iterator[tuple[Exchange, DataResource]]:
    for exchange in d.blueprint.exchanges:
        if exchange.resource in d.blueprint.resource:
            yield exchange, d.blueprint.resource[exchange.resource]


def providers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP032, BP069: given by another agency than its source, or not to be shared at all."""
    for one, resource in _known(d):
        if resource.provider != one.provider:
            values = {"resource": resource.id, "value": one.provider, "expected": resource.provider}
            yield Problem("BP032", one.at("provider"), values, resource.at("provider"))
        if resource.sharing is Sharing.NONE:
            values = {"exchange": one.id, "value": resource.id, "consumer": one.consumer}
            yield Problem("BP069", one.at("resource"), values, resource.at("sharing"))


def consumers(d: DraftBlueprint) -> Iterator[Problem]:
    """BP068: an agency that gives something to itself."""
    for exchange in d.blueprint.exchanges:
        if exchange.provider == exchange.consumer:
            yield Problem(
                "BP068",
                exchange.at("consumer"),
                {"exchange": exchange.id, "value": exchange.consumer},
                exchange.at("provider"),
            )


def twice(d: DraftBlueprint) -> Iterator[Problem]:
    """BP070: one resource to one agency, planned twice."""
    for first, *others in grouped(d.blueprint.exchanges, lambda item: (item.resource, item.consumer)):
        for other in others:
            values = {"value": other.resource, "consumer": other.consumer, "other": first.id}
            yield Problem("BP070", other.at("resource"), values, first.at("resource"))


def classes(d: DraftBlueprint) -> Iterator[Problem]:
    """BP017: an exchange takes data through a zone that may not hold it."""
    platform = d.blueprint.system.get(d.blueprint.platform)
    if platform is None:
        return
    allowed = CLASSES_OF_ZONE[platform.zone]
    for one, resource in _known(d):
        if resource.data_class not in allowed:
            what = Text(f"经 {platform.id} 的交换 {one.id}", f"exchange {one.id} over {platform.id}")
            values = {"what": what, "value": resource.data_class, "zone": platform.zone, "expected": one_of(allowed)}
            yield Problem("BP017", one.at("resource"), values, resource.at("data_class"))
