"""Every rule is seen firing, holding and in doubt, and says what its cases say it says, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.core.levels import Status
from policies.gate.rules.registry import RULES
from tests.policies.cases import EXAMPLES, Example, doubtful

RENEW = "renew: scripts/test --renew tests/policies/test_cases.py, then read the difference"


def test_every_rule_is_seen_firing_holding_and_in_doubt() -> None:
    seen = {(example.rule, example.kind) for example in EXAMPLES}
    wanted = {(rule, kind) for rule in RULES for kind in ("violated", "passed")}
    assert wanted - seen == {("GATE-001", "violated")}, "GATE-001 is a doubt by its nature; nothing else is missing"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_seen_in_doubt(rule: str) -> None:
    """By an example of its own, or by the one that breaks it, with one value after the other made unknown."""
    if not any(example.rule == rule and example.kind == "unknown" for example in EXAMPLES):
        broken = next(example for example in EXAMPLES if (example.rule, example.kind) == (rule, "violated"))
        doubts = [one for case in doubtful(broken) for one in evaluate(case, [RULES[rule]])]
        assert any(doubt.status is Status.NOT_EVALUATED and doubt.blocks for doubt in doubts), (
            f"{rule} passes what is not known"
        )


def test_no_case_is_left_without_its_rule() -> None:
    assert {example.rule for example in EXAMPLES} <= RULES.keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}/{example.path.stem}")
def test_case(example: Example, request: pytest.FixtureRequest) -> None:
    found = told(example.evaluated())
    if request.config.getoption("--renew"):
        renew(example, found)
    states = {item["status"] for item in found}
    expected = {
        "violated": {"violated"},
        "passed": set(),
        "unknown": {"not-evaluated"},
        "observed": {"to-be-observed"},
    }[example.kind]
    assert states == expected, f"{example.path.name} says {example.kind}"
    assert found == example.document.get("findings", []), RENEW


def told(findings: Findings) -> list[dict[str, Any]]:
    """Whole findings, less the view (the case's own) and the fingerprint, which has tests of its own."""
    left_out = ("view", "fingerprint")
    return [{key: value for key, value in finding.as_json().items() if key not in left_out} for finding in findings]


def renew(example: Example, found: list[dict[str, Any]]) -> None:
    text = example.path.read_text("utf-8").split("findings:")[0].rstrip()
    if found:
        body = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=1000)
        text += "\nfindings:\n" + "".join(f"  {line}\n" for line in body.splitlines())
    example.path.write_text(text.rstrip() + "\n", "utf-8")
