"""Evaluate a blueprint, or what Pulumi is about to do, with all rules.

    from policies.gate.evaluation import evaluate_declared
    findings = evaluate_declared(inventory.load().blueprint)       # `lantu check`: no Pulumi, no Docker
    findings.verdict       # 0 passed, 1 denied, 3 waiting for a decision, 4 not evaluated: the exit status
    findings.as_json()     # the same as data (schema lantu.findings/2), which every output is made from

    from policies.gate.evaluation import evaluate_planned
    findings = evaluate_planned(blueprint, resources, location="extranet")

    from policies.gate.views.running.snapshot import running       # `lantu audit`: Docker engines, kernels, states
    snapshot = with_ungated_changes(running(declared, namespaces), declared, day)
    findings = evaluate(Context(snapshot, declared, day), RULES.values())

    policies.gate.outputs.render.write(findings.as_json(), Path("gate.sarif"), "zh")   # .json .txt .md .sarif .xml

`pulumi preview --policy-pack policies` runs the same rules inside Pulumi (`policies/__main__.py`). A rule is a function
in `rules/TOPIC.py`; its severity, texts, basis and waiver are in `rules/TOPIC.toml`. What cannot be evaluated (a value
that stays unknown, a missing input, an exception inside a rule) denies.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from policies.gate.core.findings import Findings

if TYPE_CHECKING:
    from inventory.model.blueprint import Blueprint
    from policies.gate.views.planned import PlannedResource


def evaluate_declared(blueprint: Blueprint, day: date | None = None, lab: str = "lab") -> Findings:
    """Evaluate the blueprint as of `day`, today by default."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES
    from policies.gate.views.declared.snapshot import declared

    day = day or date.today()
    snapshot = declared(blueprint, day, lab)
    return evaluate(Context(snapshot, snapshot, day), RULES.values())


def evaluate_planned(
    blueprint: Blueprint, resources: Iterable[PlannedResource], location: str, day: date | None = None, lab: str = "lab"
) -> Findings:
    """Evaluate a Pulumi plan of one location against the blueprint."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES
    from policies.gate.views.declared.snapshot import declared
    from policies.gate.views.planned import planned

    day = day or date.today()
    against = declared(blueprint, day, lab)
    return evaluate(Context(planned(resources, against, location), against, day), RULES.values())
