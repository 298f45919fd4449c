"""The gate for Pulumi: each resource before it is created, the whole stack at the end. Without the Pulumi SDK.

LANTU_BLUEPRINT, LANTU_SITE, LANTU_LOCATION and LANTU_LAB name the blueprint, site, location and lab. If location or lab
are not set, they come from the stack's name: LAB-LOCATION, or LAB-TENANT in the project of the shared cloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import inventory
from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.model import MissingInput
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.stack_names import lab_and_location
from policies.gate.rules.registry import RULES
from policies.gate.views.declared.snapshot import declared
from policies.gate.views.planned import PlannedResource, planned


@dataclass(frozen=True)
class Gate:
    """Evaluates the plan of one stack. If the blueprint cannot be read, everything is denied."""

    directory: Path | None
    """The blueprint directory; None for the worked example."""
    site: str
    location: str
    lab: str
    day: date
    backend: str = ""
    """The URL of the stack's state backend."""

    @classmethod
    def of(cls, environment: Mapping[str, str], stack: str, project: str) -> Gate:
        lab, location = lab_and_location(stack, project)
        directory = environment.get("LANTU_BLUEPRINT")
        return cls(
            Path(directory) if directory else None,
            environment.get("LANTU_SITE", "lab"),
            environment.get("LANTU_LOCATION") or location,
            environment.get("LANTU_LAB", lab),
            date.today(),
            environment.get("PULUMI_BACKEND_URL", ""),
        )

    @cached_property
    def declared(self) -> Snapshot:
        """The declared view; for an invalid blueprint, an empty one with a missing input per problem."""
        loaded = inventory.load(self.directory, self.site, self.day)
        if loaded.blueprint is not None:
            return declared(loaded.blueprint, self.day, self.lab)
        missing_inputs = tuple(
            MissingInput(id=problem.code, what=str(problem.at), why=problem.line("en"), at=str(problem.at))
            for problem in loaded.problems
        )
        return Snapshot(view="declared", site=self.site, missing_inputs=missing_inputs)

    def before(self, resources: Iterable[PlannedResource]) -> Findings:
        """Evaluate one resource (and its provider) with the rules that need nothing else."""
        if self.declared.missing_inputs:
            return self._evaluated(self.declared)
        alone = [rule for rule in RULES.values() if rule.alone]
        return evaluate(Context(planned(resources, self.declared, self.location), self.declared, self.day), alone)

    def whole(self, resources: Iterable[PlannedResource]) -> Iterator[Findings]:
        """Evaluate the blueprint, then the stack."""
        yield self._evaluated(self.declared)
        if not self.declared.missing_inputs:
            yield self._evaluated(planned(resources, self.declared, self.location, self.backend))

    def _evaluated(self, snapshot: Snapshot) -> Findings:
        return evaluate(Context(snapshot, self.declared, self.day), RULES.values())
