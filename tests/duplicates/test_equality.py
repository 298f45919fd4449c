"""Equal names need at least a review; empty fields and placeholders never support a block."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from policies.duplicates import blocking
from policies.duplicates.check import Finder, check_application
from policies.duplicates.compare import profile
from policies.duplicates.entry import Entry, Remark, entry_from
from policies.duplicates.fit import DECISIONS, families
from policies.duplicates.normalise import han_share, name_key
from policies.duplicates.verdict import BLOCK, REVIEW, evaluate_pair
from policies.duplicates.weights import load as load_weights

from .conftest import HERE, en, verdict_of, zh

ACTIONS_ONLY = ("招聘管理系统", "Case Management System", "Chatbot", "Recruitment Portal", "报名系统", "考试系统")


def names() -> Iterator[str]:
    """Every name of every list of this repository."""
    with (HERE / "real" / "names.tsv").open(encoding="utf-8", newline="") as lines:
        yield from (row["name"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for path in (DECISIONS / "names.txt", HERE / "names" / "held_out.txt"):
        yield from (name for clusters in families(path).values() for cluster in clusters for name in cluster)
    for path in (DECISIONS / "register.csv", HERE / "registrations" / "held_out.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            yield from (row[key] for row in csv.DictReader(lines) for key in ("name_zh", "name_en") if row.get(key))
    yield from (*ACTIONS_ONLY, "综合管理平台", "Integrated Smart Platform", "12345678", "😀😀")


def entry(id_: str, name: str, **fields: str) -> Entry:
    return Entry(id_, **{"name_zh" if han_share(name) > 0.3 else "name_en": name}, **fields)


def test_every_name_beside_itself_in_another_agency_is_at_least_a_review() -> None:
    weights, count = load_weights(), 0
    for name in dict.fromkeys(names()):
        first, second = profile(entry("a", name, agency="甲局")), profile(entry("b", name, agency="乙局"))
        j = evaluate_pair(first, second)
        assert (j.verdict, j.bits >= weights.low) == (REVIEW, True), (name, j.bits, j.relation)
        assert blocking.build([second]).shortlist(first, [0], weights), name
        count += 1
    assert count > 700


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Case Management System", "Case Management System v2"),
        ("Case Management System", "case-management system"),
        ("招聘管理系统", "招聘管理系统（2025年）"),
        ("招聘管理系统", "招聘平台"),
        ("Recruitment Portal", "招聘管理系统"),
    ],
)
def test_names_of_actions_match(a: str, b: str) -> None:
    assert evaluate_pair(profile(entry("a", a)), profile(entry("b", b))).verdict == REVIEW


def test_actions_that_differ_do_not_match() -> None:
    assert verdict_of(zh("招聘管理系统"), zh("审批系统")).bits < load_weights().low


def test_equality_is_found_among_many_and_never_hidden_by_too_little() -> None:
    crowd = [
        profile(Entry(f"s{i}", name_zh=f"智慧{word}{i}平台")) for i, word in enumerate(["停车", "水务", "医保"] * 40)
    ]
    result = check_application(
        Finder([*crowd, profile(Entry("twin", name_zh="综合管理平台"))]), Entry("x", name_zh="综合管理平台")
    )
    assert [(j.b.entry.id, j.verdict) for j in result.verdicts] == [("twin", REVIEW)]


def test_fields_that_differ_never_hide_equal_names() -> None:
    a = {
        "functions": ("停车费结算",),
        "produces": ("停车数据",),
        "users": ("司机",),
        "capability": "A01.01",
        "object": "泊位",
    }
    b = {
        "functions": ("婚姻登记",),
        "produces": ("婚姻数据",),
        "users": ("新人",),
        "capability": "C09.07",
        "object": "婚姻",
    }
    assert verdict_of(zh("招聘管理系统", **a), zh("招聘管理系统", **b)).verdict == REVIEW


def test_the_key_of_a_name_leaves_out_editions_and_marks_only() -> None:
    assert name_key("OA系统 V2.1") == name_key("oa 系统") != name_key("OA平台")
    assert name_key("2025年度巡河系统（二期）") == name_key("巡河系统")
    assert name_key("12345热线") != name_key("热线")


# ---- a second witness ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "empty", ["同上", "详见附件", "TBD", "查询", "[Data]", "统计分析", "用户管理", "无", "Reports"]
)
def test_a_function_without_content_is_no_witness(empty: str) -> None:
    j = verdict_of(zh("智慧停车管理平台", functions=(empty,)), zh("城市停车泊位管理系统", functions=(empty,)))
    assert "functions" not in j.agreeing
    assert j.verdict == REVIEW


def test_a_shared_function_with_object_and_action_is_one() -> None:
    same = ("停车费结算", "泊位状态采集")
    assert (
        verdict_of(zh("智慧停车管理平台", functions=same), zh("城市停车泊位管理系统", functions=same)).verdict == BLOCK
    )
    other = verdict_of(
        en("Parking Platform", functions=("parking fee billing",)), zh("停车平台", functions=("停车费结算",))
    )
    assert "functions" in other.agreeing


@pytest.mark.parametrize(
    "text",
    [
        "用于采集数据，统计分析，辅助决策",
        "To collect data, report it, and support decisions.",
        "实现停车收费，方便群众",
    ],
)
def test_a_sentence_of_purpose_is_no_list(text: str) -> None:
    remarks: list[Remark] = []
    parsed = entry_from({"id": "a", "name": "停车", "functions": text}, "f:1", remarks)
    assert parsed is not None and parsed.functions == (text,)


def test_lists_between_commas_still_part() -> None:
    parsed = entry_from(
        {"id": "a", "name": "停车", "functions": "停车收费，车位诱导，同上", "object": "详见附件"}, "f:1", []
    )
    assert parsed is not None
    assert (parsed.functions, parsed.object) == (("停车收费", "车位诱导"), "")
