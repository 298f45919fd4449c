"""The last lines of a run: the verdict of the running view, and observed and missing compensating controls."""

from __future__ import annotations

from datetime import date

import pytest
from lantu.verification import Observation

from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.model import MissingInput
from policies.gate.model.snapshot import Snapshot
from policies.gate.rules.registry import RULES


def good() -> Findings:
    return Findings((), ("running",), "lab", evaluated=1)


def denied() -> Findings:
    """Of an snapshot in which something is missing; any finding that denies would do."""
    directory = Snapshot(view="declared", missing_inputs=(MissingInput(id="x", what="x", why="unreadable"),))
    return evaluate(Context(directory, directory, date(2026, 6, 1)), [RULES["GATE-001"]])


@pytest.mark.parametrize(
    ("seen", "unseen", "zh", "en"),
    [
        (("a", "b"), (), "已观测的补偿控制：a、b；未观测到：无", "controls observed: a, b; not observed: none"),
        (("a",), ("b",), "已观测的补偿控制：a；未观测到：b", "controls observed: a; not observed: b"),
    ],
)
def test_the_line_tells_what_was_seen(seen: tuple[str, ...], unseen: tuple[str, ...], zh: str, en: str) -> None:
    look = Observation(good(), seen, unseen)
    assert look.line("zh").startswith("运行视图：通过（") and zh in look.line("zh")
    assert look.line("en").startswith("running view: passed (") and en in look.line("en")
    assert "\n" not in look.line("zh") + look.line("en")


def test_what_denies_is_no_proof() -> None:
    look = Observation(denied(), ("a",), ())
    assert not look.good
    assert look.as_json()["verdict"] == "not_evaluated"


def test_a_compensating_control_that_was_not_seen_is_no_proof() -> None:
    assert Observation(good(), ("a",), ()).good
    assert not Observation(good(), (), ("a",)).good
