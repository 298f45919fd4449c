"""The evaluator denies what it cannot evaluate: unknown values, errors in a rule, missing inputs, timeouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.levels import Severity, Status, Verdict
from policies.gate.core.rule import Rule
from policies.gate.core.violation import Violation
from policies.gate.model import MissingInput, Network
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.unknown import PartlyUnknown, Unknown, UnknownValueError
from policies.gate.rules.registry import RULES
from tests.policies.cases import EXAMPLES, context_of

ONE = {"id": "extranet/rogue", "engine": "extranet", "name": "rogue", "prefixes": ["10.70.9.0/24"]}


def case(**fields: Any) -> Context:
    return context_of({"snapshot": {"networks": [{**ONE, **fields}]}})


def failing(network: Network, context: Context) -> Iterator[Violation]:
    raise KeyError("a defect")
    yield {}


def test_an_error_inside_a_rule_denies() -> None:
    broken = replace(RULES["NET-001"], check=failing)
    (finding,) = evaluate(case(), [broken])
    assert (finding.severity, finding.status) == (Severity.DENY, Status.NOT_EVALUATED)
    assert "KeyError" in finding.say("sentence", "en")


def test_an_error_in_a_rule_that_only_warns_denies_too(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(RULES["NET-001"], check=failing)
    monkeypatch.setattr(Rule, "data", property(lambda _: {**_texts(), "severity": "warn"}))
    assert evaluate(case(), [broken]).verdict is Verdict.NOT_EVALUATED


def _texts() -> dict[str, Any]:
    return {"waiver": {"by": "nobody", "days": 0}}


def test_a_missing_input_denies() -> None:
    context = case()
    missing_input = MissingInput(id="engine", what="intranet", why="connection refused")
    snapshot = replace(context.snapshot, networks=(), missing_inputs=(missing_input,))
    findings = evaluate(Context(snapshot, context.declared, context.day), RULES.values())
    assert [finding.rule for finding in findings] == ["GATE-001"]
    assert findings.verdict is Verdict.NOT_EVALUATED


def test_a_timeout_denies() -> None:
    findings = evaluate(case(), [RULES["NET-001"]], seconds=-1)
    assert findings.verdict is Verdict.NOT_EVALUATED


def test_a_rule_continues_with_the_next_object() -> None:
    unknown = {"unknown": "not-computed-yet"}
    snapshot = {"networks": [{**ONE, "id": "extranet/?", "name": unknown}, ONE]}
    findings = evaluate(context_of({"snapshot": snapshot}), [RULES["NET-001"]])
    assert {finding.status for finding in findings} == {Status.VIOLATED, Status.NOT_EVALUATED}
    assert findings.verdict is Verdict.DENIED


def test_an_approval_stated_in_the_blueprint_changes_nothing() -> None:
    example = next(item for item in EXAMPLES if item.name == "violated-although-an-approval-is-stated")
    document = example.document
    first = [item.fingerprint for item in example.evaluated()]
    document["declared"]["systems"][0]["approval"] = ""
    assert [item.fingerprint for item in evaluate(context_of(document), [RULES["SYS-001"]])] == first != []


OPERATIONS = [
    bool, len, list, str, int, float, hash, lambda item: item == "x", lambda item: item != "x", lambda item: item < 1,
    lambda item: "x" in item, lambda item: item["x"], lambda item: item.startswith("x"),
    lambda item: item in ("a", "b"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(OPERATIONS)))
def test_every_operation_on_an_unknown_value_raises(number: int) -> None:
    with pytest.raises(UnknownValueError):
        OPERATIONS[number](Unknown("what", "why"))


def test_an_unknown_value_raises_when_compared_with_none() -> None:
    network = Network.from_json({**ONE, "driver": {"unknown": "not-computed-yet"}})
    with pytest.raises(UnknownValueError):
        assert network.driver is None
    assert network.knows("name")
    assert not network.knows("driver")


def test_a_partly_unknown_mapping_returns_its_known_values() -> None:
    part = PartlyUnknown({"a": 1, "b": Unknown("b", "why")})
    assert part["a"] == 1
    assert "b" in part
    for operation in (lambda: part["b"], lambda: part.get("b"), lambda: dict(part.items()), lambda: part == {"a": 1}):
        with pytest.raises(UnknownValueError):
            operation()


def test_a_snapshot_survives_its_json_form() -> None:
    unknown = {"unknown": "not-computed-yet", "what": "net.driver"}
    context = case(driver=unknown, options={"a": "b", "c": {"unknown": "secret"}})
    document = context.snapshot.as_json()
    assert Snapshot.from_json(document).as_json() == document
    assert document["networks"][0]["driver"] == {"unknown": "not-computed-yet", "what": "net.driver"}


SENTENCES = {
    "unknown": (
        "network extranet/rogue: rule NET-001 could not be evaluated: a.name is unknown "
        "(known only after the resource is created)"
    ),
    "failed": "network extranet/rogue: rule NET-001 failed (KeyError: 'a defect'); the gate denies",
    "observed": (
        "engine extranet has escape path S15; the site compensates with engine-tables "
        "(the engine's namespace never forwards), which the running view must observe in effect"
    ),
}


def test_findings_without_a_rule_s_own_text_have_their_sentences() -> None:
    unknown = {"networks": [{**ONE, "name": {"unknown": "not-computed-yet", "what": "a.name"}}]}

    observed = next(item for item in EXAMPLES if (item.rule, item.kind) == ("ENG-015", "observed"))
    findings = {
        "unknown": evaluate(context_of({"snapshot": unknown}), [RULES["NET-001"]]),
        "failed": evaluate(case(), [replace(RULES["NET-001"], check=failing)]),
        "observed": observed.evaluated(),
    }
    assert {name: next(iter(group)).say("sentence", "en") for name, group in findings.items()} == SENTENCES
