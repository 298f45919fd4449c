"""The line, the sentences and the document of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from ipaddress import ip_address
from typing import Any

import pytest

from inventory.model.flows import Protocol, Service
from inventory.texts.text import LANGS, Lang
from policies.verification.matrix.adjacency import Heard
from policies.verification.matrix.evaluation import FailureReason, ProbeResult, ProbeStatus
from policies.verification.matrix.failures import TEXTS, ProbeFailure
from policies.verification.matrix.matrix import CellOutcome, Matrix
from policies.verification.matrix.plan import Boundary, Probe
from policies.verification.matrix.verdicts import ProbeVerdict

ADDRESS = ip_address("10.70.3.10")
GOOD = ProbeResult(ProbeStatus.CLOSED, ProbeVerdict.FILTERED)
ESCAPE_PATH = ProbeResult(ProbeStatus.SURPRISE, ProbeVerdict.OPEN, FailureReason.ANSWERED)


def outcome(result: ProbeResult, port: int = 22) -> CellOutcome:
    service = Service(Protocol.TCP, port)
    return CellOutcome(Probe("segment:p-grid", "host:cloud1", ADDRESS, service, frozenset(), Boundary.GATEWAY), result)


def matrix(outcomes: Sequence[CellOutcome], **other: Any) -> Matrix:
    usual: dict[str, Any] = {"controls": 2, "failed_controls": (), "absent": {}}
    return Matrix("digest", date(2020, 12, 1), 7.04, outcomes, **{**usual, **other})


def test_a_matrix_is_good_if_probes_ran_and_all_are_as_declared() -> None:
    assert matrix([outcome(GOOD)]).good
    assert not matrix([]).good, "no probes prove nothing"
    assert not matrix([outcome(GOOD), outcome(ESCAPE_PATH)]).good
    assert not matrix(
        [outcome(GOOD), outcome(ProbeResult(ProbeStatus.TOOL_ERROR, ProbeVerdict.TOOL_ERROR, FailureReason.TOOL))]
    ).good
    assert not matrix([outcome(GOOD)], failed_controls=[(outcome(GOOD).probe, ProbeFailure("not-arrived"))]).good
    assert not matrix([outcome(GOOD)], absent={"host:gw1": ProbeFailure("not-running")}).good
    assert not matrix([outcome(GOOD)], heard=[Heard("cloud", "host:desk2", "intranet")]).good


def test_the_line_has_the_counts() -> None:
    red = matrix([outcome(GOOD), outcome(ESCAPE_PATH, 23)], heard=[Heard("cloud", "host:desk2", "intranet")])
    assert red.line("en") == (
        "packet matrix: 1 pairs, 2 probes; open as declared 0, closed as declared 1, surprises 2, not evaluated 0; "
        "controls 2/2; 7.0 s"
    )
    assert red.line("zh") == (
        "报文矩阵：1 对，2 次探测；按声明开放 0，按声明关闭 1，意外 2，无法判断 0；对照 2/2；7.0 秒"
    )


def test_similar_surprises_are_one_sentence() -> None:
    red = matrix([outcome(ESCAPE_PATH, 22), outcome(ESCAPE_PATH, 23), outcome(GOOD, 80)])
    assert list(red.sentences("en")) == [
        "segment:p-grid -> host:cloud1 10.70.3.10 tcp/22, tcp/23: not declared, but answered (OPEN)"
    ]
    assert list(red.sentences("zh")) == [
        "segment:p-grid → host:cloud1 10.70.3.10 tcp/22、tcp/23：未声明，但有应答（OPEN）"
    ]


def test_the_number_of_omitted_sentences_is_printed() -> None:
    absent = {f"host:h{number}": ProbeFailure("not-running") for number in range(9)}
    assert list(matrix([], absent=absent).sentences("en", limit=2)) == [
        "host:h0 cannot be used: not running",
        "host:h1 cannot be used: not running",
        "... and 7 more",
    ]


def test_errors_explained_by_a_failed_control_are_not_repeated() -> None:
    unproven = outcome(
        ProbeResult(ProbeStatus.TOOL_ERROR, ProbeVerdict.TOOL_ERROR, FailureReason.CONTROL, "host:gw1: not running")
    )
    assert list(matrix([unproven], absent={"host:gw1": ProbeFailure("not-running")}).sentences("en")) == [
        "host:gw1 cannot be used: not running"
    ]
    assert len(list(matrix([unproven]).sentences("en"))) == 1, "at least one sentence"


def test_failures_have_both_languages() -> None:
    red = matrix([outcome(GOOD)], absent={"host:gw1": ProbeFailure("call-missed", "cloud")})
    assert list(red.sentences("zh")) == ["host:gw1 无法使用：没有收到网段 cloud 的广播"]
    assert red.as_json()["absent"] == {
        "host:gw1": {"zh": "没有收到网段 cloud 的广播", "en": "did not receive the broadcast of cloud"}
    }
    for group, entry in TEXTS.entries.items():
        assert entry["zh"].keys() == entry["en"].keys(), group


def test_the_document_is_json_with_the_same_counts() -> None:
    red = matrix([outcome(GOOD), outcome(ESCAPE_PATH, 23)])
    document = json.loads(json.dumps(red.as_json()))
    assert document["counts"] == {"open": 0, "closed": 1, "surprise": 1, "tool-error": 0}
    assert (document["pairs"], document["probes"], document["good"]) == (1, 2, False)
    assert document["surprises"][0]["service"] == "tcp/23"
    assert document["cells"][0]["verdicts"] == {"FILTERED": 1, "OPEN": 1}


def test_the_digest_depends_on_results_and_not_on_time() -> None:
    one = matrix([outcome(GOOD)])
    assert one.digest == Matrix("digest", date(2021, 1, 1), 99.0, [outcome(GOOD)], 2, (), {}).digest
    assert one.digest != matrix([outcome(ESCAPE_PATH)]).digest


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_has_a_text(reason: FailureReason, lang: Lang) -> None:
    assert TEXTS.template("reason", reason, lang)
