"""Identity of networks and workloads: unique names, no imitations, correct labels, no overlapping addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Network, Workload

OURS = "lantu."
"""Prefix of labels that identify objects."""
OF_THE_IMAGE = "lantu.recipe"
"""A label that containers inherit from their image; other rules cover images."""


@rule("ID-001", over="networks", views=BUILT, alone=False)
def name_used_twice(network: Network, context: Context) -> Iterator[Violation]:
    """Two networks with one name on one engine: a container can be attached to either."""
    same = [item for item in context.snapshot.networks_named.get(network.name, ()) if item.engine == network.engine]
    if len(same) > 1:
        others = [item for item in same if item is not network]
        yield {
            "network": network.name,
            "engine": network.engine,
            "count": len(same),
            "see": [other.at for other in others],
        }


@rule("ID-002", over="networks", views=BUILT, alone=False)
def overlaps_another(network: Network, context: Context) -> Iterator[Violation]:
    """Compared with every other known prefix, on any engine, declared or not."""
    own = network.prefixes  # raises if a prefix is unknown, because it could overlap any other
    for overlap in context.overlaps.get(network.id, ()):
        mine = overlap.inner if overlap.inner_owner == network.id else overlap.outer
        other, owner = _other_side(overlap, network.id)
        if mine in own:
            yield {"network": network.name, "prefix": mine, "other": other, "owner": owner}


def _other_side(overlap: Any, own: str) -> tuple[str, str]:
    if overlap.inner_owner == own:
        return overlap.outer, overlap.outer_owner
    return overlap.inner, overlap.inner_owner


@rule("ID-003", over="networks", views=BUILT)
def imitates(network: Network, context: Context) -> Iterator[Violation]:
    """A name that resembles an approved one."""
    approved = context.names.imitated(network.name)
    if approved is not None:
        yield {"network": network.name, "approved": approved}


@rule("ID-004", over="networks", views=BUILT)
def network_label_lies(network: Network, context: Context) -> Iterator[Violation]:
    declared = context.declared.network.get(network.id)
    for label, expected, actual in _lies(network.labels, declared.labels if declared is not None else {}):
        yield {"network": network.name, "label": label, "expected": expected, "actual": actual}


@rule("ID-005", over="workloads", views=BUILT)
def workload_label_lies(workload: Workload, context: Context) -> Iterator[Violation]:
    """A label must not claim a host or system that the workload is not."""
    host, system = context.declared.host_of.get(workload.id), context.declared.system.get(workload.name)
    truth: dict[str, Any] = {}
    if host is not None:
        truth = {"lantu.host": host.id, "lantu.kind": host.kind}
    elif workload.kind == "service" and system is not None:
        truth = {"lantu.system": system.id, "lantu.kind": system.image}
    truth[OF_THE_IMAGE] = workload.labels.get(OF_THE_IMAGE)
    for label, expected, actual in _lies(workload.labels, truth):
        yield {"workload": workload.name, "label": label, "expected": expected, "actual": actual}


def _lies(labels: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for label in sorted(labels):
        if label.startswith(OURS) and labels[label] != truth.get(label):
            yield label, truth.get(label), labels[label]
