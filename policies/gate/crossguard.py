"""The gate as Pulumi meets it: each resource before it is made, the whole stack at the end. No Pulumi SDK here.

Which blueprint, site, place and lab is meant comes from LANTU_ESTATE, LANTU_SITE, LANTU_PLACE and LANTU_LAB; where
place or lab are not given, from the stack's name: LAB-PLACE, in the project of the shared cloud LAB-TENANT.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import inventory
from inventory.model.zones import PlaceId
from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.model import MissingInput
from policies.gate.model.snapshot import Snapshot
from policies.gate.rules.registry import RULES
from policies.gate.views.declared.snapshot import declared
from policies.gate.views.planned import PlannedResource, planned

CLOUD_PROJECT = "lantu-cloud"
"""Its stacks are tenants of the shared cloud, which stands in the extranet."""


@dataclass(frozen=True)
class Gate:
    """Judges the plan of one stack. A blueprint that cannot be read is a finding, as everything is denied then."""

    estate: Path | None
    site: str
    place: str
    lab: str
    day: date
    backend: str = ""
    """Where Pulumi keeps the stack's state."""

    @classmethod
    def of(cls, environment: Mapping[str, str], stack: str, project: str) -> Gate:
        lab, _, place = stack.partition("-")
        if project == CLOUD_PROJECT:
            place = PlaceId.EXTRANET
        estate = environment.get("LANTU_ESTATE")
        return cls(
            Path(estate) if estate else None,
            environment.get("LANTU_SITE", "lab"),
            environment.get("LANTU_PLACE") or (place if place in list(PlaceId) else ""),
            environment.get("LANTU_LAB", lab),
            date.today(),
            environment.get("PULUMI_BACKEND_URL", ""),
        )

    @cached_property
    def declared(self) -> Snapshot:
        """The declared view; where the blueprint is wrong, an empty one with a gap for each of its problems."""
        loaded = inventory.load(self.estate, self.site, self.day)
        if loaded.blueprint is not None:
            return declared(loaded.blueprint, self.day, self.lab)
        gaps = tuple(
            MissingInput(id=one.code, what=str(one.at), why=one.line("en"), at=str(one.at)) for one in loaded.problems
        )
        return Snapshot(view="declared", site=self.site, gaps=gaps)

    def before(self, resources: Iterable[PlannedResource]) -> Findings:
        """One resource about to be made (and its provider), by the rules that need nothing else."""
        if self.declared.gaps:
            return self._judged(self.declared)
        alone = [rule for rule in RULES.values() if rule.alone]
        return evaluate(Context(planned(resources, self.declared, self.place), self.declared, self.day), alone)

    def whole(self, resources: Iterable[PlannedResource]) -> Iterator[Findings]:
        """The blueprint, then the stack against it."""
        yield self._judged(self.declared)
        if not self.declared.gaps:
            yield self._judged(planned(resources, self.declared, self.place, self.backend))

    def _judged(self, estate: Snapshot) -> Findings:
        return evaluate(Context(estate, self.declared, self.day), RULES.values())
