"""Every rule has examples that violate it, pass, and cannot be evaluated; findings equal the recorded ones."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Finding
from policies.gate.core.levels import Status
from policies.gate.rules.registry import RULES
from tests.policies.cases import EXAMPLES, Example, with_unknowns

RENEW = "renew: scripts/test --renew tests/policies/test_cases.py, then read the difference"
STATUSES = {
    "violated": {"violated"},
    "passed": set(),
    "unknown": {"not-evaluated"},
    "observed": {"to-be-observed"},
}
"""Kind of an example -> the statuses of its findings."""


def test_every_rule_has_examples_that_violate_it_and_pass() -> None:
    present = {(example.rule, example.kind) for example in EXAMPLES}
    required = {(rule, kind) for rule in RULES for kind in ("violated", "passed")}
    assert required - present == {("GATE-001", "violated")}, "GATE-001 reports missing inputs: never evaluated"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_one_complete_example(rule: str) -> None:
    complete = [example for example in EXAMPLES if example.rule == rule and example.complete]
    assert [example.kind for example in complete] == ["unknown" if rule == "GATE-001" else "violated"]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_denies_what_is_unknown(rule: str) -> None:
    """By an example of its own, or by one that violates it, with one field after the other unknown."""
    if not any(example.rule == rule and example.kind == "unknown" for example in EXAMPLES):
        violated = next(example for example in EXAMPLES if (example.rule, example.kind) == (rule, "violated"))
        findings = [finding for context in with_unknowns(violated) for finding in evaluate(context, [RULES[rule]])]
        assert any(finding.status is Status.NOT_EVALUATED and finding.blocks for finding in findings), (
            f"{rule} passes unknown values"
        )


def test_no_case_is_left_without_its_rule() -> None:
    assert {example.rule for example in EXAMPLES} <= RULES.keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}/{example.name}")
def test_case(example: Example, request: pytest.FixtureRequest) -> None:
    as_data = complete if example.complete else brief
    findings = [as_data(finding) for finding in example.evaluated()]
    if request.config.getoption("--renew"):
        renew(example, findings)
    assert {finding["status"] for finding in findings} == STATUSES[example.kind], f"{example.name}: {example.kind}?"
    assert findings == example.document.get("findings", []), RENEW


def complete(finding: Finding) -> dict[str, Any]:
    """The whole finding, without the view (the case has it) and the fingerprint, which has tests of its own."""
    left_out = ("view", "fingerprint")
    return {key: value for key, value in finding.as_json().items() if key not in left_out}


def brief(finding: Finding) -> dict[str, Any]:
    """Rule, status, subject and values; no texts and nothing that is the same in all findings of the rule."""
    document = finding.as_json()
    values = document["values"]
    if finding.status is Status.NOT_EVALUATED and finding.why:
        values = {"what": values["what"], "why": finding.why}
    optional = {key: document[key] for key in ("drift", "see") if document[key]}
    return {
        "rule": finding.rule,
        "status": str(finding.status),
        "subject": finding.subject,
        "values": values,
    } | optional


def renew(example: Example, findings: list[dict[str, Any]]) -> None:
    text = example.path.read_text("utf-8").split("findings:")[0].rstrip()
    if findings:
        flow = False if example.complete else None
        body = yaml.safe_dump(findings, allow_unicode=True, sort_keys=False, width=1000, default_flow_style=flow)
        text += "\nfindings:\n" + "".join(f"  {line}\n" for line in body.splitlines())
    example.path.write_text(text.rstrip() + "\n", "utf-8")
