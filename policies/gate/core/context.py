"""The context of a rule: the evaluated snapshot, the declared snapshot, the day, and indexes over both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from inventory.texts.text import Text
from policies.gate.core.levels import Status
from policies.gate.core.violation import Violation
from policies.gate.model import Workload
from policies.gate.model.prefixes import Overlap, Span, overlaps, span
from policies.gate.model.similar_names import SimilarNames
from policies.gate.model.snapshot import Snapshot

if TYPE_CHECKING:
    from policies.duplicates.verdict import PairVerdict

LAB = "lab"
"""The kind of site that may have containers as hosts, and compensating controls."""


@dataclass(frozen=True)
class Context:
    """The evaluated snapshot, the declared snapshot and the day, with indexes over both."""

    snapshot: Snapshot
    declared: Snapshot
    day: date

    def location_of(self, engine: str) -> str:
        """The location of an engine; empty if the blueprint has no such engine."""
        match = self.declared.engine.get(engine)
        return match.location if match is not None else ""

    def control_groups(self, workload: Workload) -> tuple[str, ...]:
        """The field with the control group namespace; none on cgroup v1, where all containers share the host's."""
        engine = self.snapshot.engine.get(workload.engine)
        return () if engine is not None and engine.control_groups == 1 else ("cgroupns_mode",)

    @cached_property
    def names(self) -> SimilarNames:
        """The names of the blueprint's networks."""
        return SimilarNames(network.name for network in self.declared.networks)

    @cached_property
    def blocks(self) -> tuple[Span, ...]:
        return tuple(span(block.prefix) for block in self.declared.blocks)

    @cached_property
    def overlaps(self) -> dict[str, list[Overlap]]:
        """Network -> its prefixes that overlap another network's, planned, running or declared, on any engine."""
        owned: set[tuple[str, str]] = set()
        for network in (*self.declared.networks, *self.snapshot.networks):
            if network.knows("prefixes"):
                owned |= {(network.id, prefix) for prefix in network.prefixes}
        by_owner: dict[str, list[Overlap]] = defaultdict(list)
        for overlap in overlaps(owned):
            by_owner[overlap.inner_owner].append(overlap)
            by_owner[overlap.outer_owner].append(overlap)
        return by_owner

    @cached_property
    def duplicates(self) -> dict[str, tuple[PairVerdict, ...]]:
        """System -> earlier systems with matching names and functions, in either language."""
        from policies.gate.register_check import blocks_unless_cached  # only one rule compares systems

        return blocks_unless_cached(self.snapshot.systems)

    @cached_property
    def users_of_volumes(self) -> dict[str, list[Workload]]:
        """ENGINE/VOLUME -> the workloads that mount it, without those whose mounts are unknown."""
        users: dict[str, list[Workload]] = defaultdict(list)
        for workload in self.snapshot.workloads:
            for mount in workload.mounts if workload.knows("mounts") else ():
                if mount.kind == "volume" and mount.knows("source") and mount.source:
                    users[f"{workload.engine}/{mount.source}"].append(workload)
        return users


def open_escape_path(escape_path: str, context: Context, engine: str, values: Violation) -> Iterator[Violation]:
    """An escape path of an engine: to be observed if the site compensates for it, else a violation.

    The running view denies until it has observed the compensating control in effect.
    """
    control = context.declared.compensating_control.get(escape_path)
    if control is None or context.declared.site_kind != LAB:
        yield values
    elif context.snapshot.view != "running":
        yield {"status": Status.TO_BE_OBSERVED, "escape_path": escape_path, "engine": engine, "by": control.id,
               "reason": Text(control.reason_zh, control.reason_en)}  # fmt: skip
    elif not any(
        observed.engine == engine and escape_path in observed.covers for observed in context.snapshot.observed_controls
    ):
        yield values
