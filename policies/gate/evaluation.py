"""What is allowed, what is seen. One rule engine over one Estate, in three views.

    from policies import judge_declared
    findings = judge_declared(inventory.load().blueprint)          # `lantu check`: no Pulumi, no Docker
    findings.verdict       # 0 good, 1 denied, 3 waits for approval, 4 could not be evaluated: the exit status
    findings.as_json()     # the same as data (schema lantu.findings/1), which every output is made from

    from policies import judge_planned
    findings = judge_planned(blueprint, resources, place="extranet")   # resources: policies.gate.views.planned.Resource

    from policies.gate.views.running.snapshot import running                   # `lantu audit`: engines, kernels, states
    findings = judge(Case(running(declared, namespaces, day), declared, day), RULES.values())

    policies.gate.outputs.write(findings.as_json(), Path("gate.sarif"), "zh")   # .json .txt .md .sarif .xml

`pulumi preview --policy-pack policies` runs the same rules inside Pulumi (`__main__.py`). A rule is a function in
`rules/TOPIC.py`; its severity, sentences in zh and en, basis and waiver stand in `rules/TOPIC.toml`. What cannot be
evaluated (a value that stays unknown, a missing input, an error inside a rule) denies.
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
    """The blueprint itself, as of `day` (today where not given). Reads nothing but the blueprint."""
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
    """What Pulumi is about to do at one place, against the blueprint."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES
    from policies.gate.views.declared.snapshot import declared
    from policies.gate.views.planned import planned

    day = day or date.today()
    against = declared(blueprint, day, lab)
    return evaluate(Context(planned(resources, against, location), against, day), RULES.values())
