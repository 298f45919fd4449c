"""Ungated changes: objects that Pulumi created although the gate denies them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.model import MissingInput, UngatedChange
from policies.gate.model.snapshot import Snapshot
from policies.gate.rules.registry import RULES
from policies.gate.views import pulumi_documents
from policies.gate.views.planned import planned


def with_ungated_changes(snapshot: Snapshot, declared: Snapshot, day: date) -> Snapshot:
    """The running view with its ungated changes."""
    return replace(snapshot, ungated_changes=tuple(ungated_changes(snapshot, declared, day)))


def ungated_changes(snapshot: Snapshot, declared: Snapshot, day: date) -> list[UngatedChange]:
    """Objects that are in a Pulumi state, exist, and are denied: created by a `pulumi up` without the gate."""
    existing = {item.id for item in (*snapshot.networks, *snapshot.workloads, *snapshot.volumes)}
    changes = []
    for location, _, stack in pulumi_documents.kept(declared):
        if isinstance(stack, MissingInput):
            continue  # the planned view reports an unreadable state
        view = planned(stack.resources, declared, location)
        denied: dict[str, set[str]] = defaultdict(set)
        for item in evaluate(Context(view, declared, day), RULES.values()):
            if item.blocks and item.subject in existing:
                denied[item.subject].add(item.rule)
        changes += [UngatedChange(id=name, rules=tuple(sorted(rules)), at=stack.name) for name, rules in denied.items()]
    return changes
