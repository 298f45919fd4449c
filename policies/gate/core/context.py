"""What a rule may ask: the view that is judged, what is declared, the day; and indexes over both, made once."""

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
"""The kind of site that may have hosts which are containers, and compensations."""


@dataclass(frozen=True)
class Context:
    """What a rule may ask: the view that is judged, what is declared, and the day; and indexes over both."""

    snapshot: Snapshot
    declared: Snapshot
    day: date

    def location_of(self, engine: str) -> str:
        """The place of an engine; one that the blueprint does not know stands in none."""
        known = self.declared.engine.get(engine)
        return known.location if known is not None else ""

    def control_groups(self, workload: Workload) -> tuple[str, ...]:
        """The field that tells whose control groups it sees; none where the kernel gives everybody the host's."""
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
        """By network: its prefixes that overlap another network's, planned, running or declared, on any engine."""
        owned: set[tuple[str, str]] = set()
        for network in (*self.declared.networks, *self.snapshot.networks):
            if network.knows("prefixes"):
                owned |= {(network.id, prefix) for prefix in network.prefixes}
        found: dict[str, list[Overlap]] = defaultdict(list)
        for overlap in overlaps(owned):
            found[overlap.inner_owner].append(overlap)
            found[overlap.outer_owner].append(overlap)
        return found

    @cached_property
    def duplicates(self) -> dict[str, tuple[PairVerdict, ...]]:
        """By system: those that were there first and do the same, by names and functions in either language."""
        from policies.gate.register_check import blocks_unless_cached  # only one rule compares systems

        return blocks_unless_cached(self.snapshot.systems)

    @cached_property
    def users_of_volumes(self) -> dict[str, list[Workload]]:
        """By ENGINE/VOLUME: the workloads that mount it. One whose mounts are not known is in no list."""
        found: dict[str, list[Workload]] = defaultdict(list)
        for workload in self.snapshot.workloads:
            for mount in workload.mounts if workload.knows("mounts") else ():
                if mount.kind == "volume" and mount.knows("source") and mount.source:
                    found[f"{workload.engine}/{mount.source}"].append(workload)
        return found


def left_open(escape_path: str, context: Context, engine: str, values: Violation) -> Iterator[Violation]:
    """A leak that an engine leaves open: to be seen where the site compensates for it, a fault where it does not.

    The running view denies until it has seen the compensation at work.
    """
    one = context.declared.compensating_control.get(escape_path)
    if one is None or context.declared.site_kind != LAB:
        yield values
    elif context.snapshot.view != "running":
        yield {"status": Status.TO_BE_OBSERVED, "escape_path": escape_path, "engine": engine, "by": one.id,
               "reason": Text(one.reason_zh, one.reason_en)}  # fmt: skip
    elif not any(seen.engine == engine and escape_path in seen.covers for seen in context.snapshot.observed_controls):
        yield values
