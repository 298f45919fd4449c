"""Verdict and relation of typical pairs, and properties that hold for every pair."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.duplicates import verdict
from policies.duplicates.check import Finder, check_application, check_register
from policies.duplicates.compare import FIELDS, profile
from policies.duplicates.entry import Entry
from policies.duplicates.fit import DECISIONS, labelled
from policies.duplicates.relation import DUPLICATE, ELSEWHERE, REUSE, SAME_SYSTEM
from policies.duplicates.verdict import BLOCK, NONE, REVIEW, START, TOO_LITTLE, evaluate_pair
from policies.duplicates.weights import load as load_weights

from .conftest import ROOT, en, verdict_of, zh

CASES = {"functions": ("案件采集", "任务派遣", "处置核查", "考核评价"), "capability": "B01.03"}
CITY = zh("智慧城管平台", agency="城市管理局", **CASES)
TWIN = zh("数字城管信息系统", agency="街道办事处", **CASES)


def test_the_same_function_under_another_name_is_blocked_with_two_witnesses() -> None:
    j = verdict_of(CITY, TWIN)
    assert (j.verdict, j.relation) == (BLOCK, DUPLICATE)
    assert len(j.agreeing) >= 2


def test_air_is_not_water_however_alike_the_names() -> None:
    j = verdict_of(zh("蓬江区环境空气质量自动监测系统"), zh("蓬江区水环境质量自动监测系统"))
    assert j.verdict == NONE


def test_a_name_alone_never_blocks() -> None:
    j = verdict_of(zh("智慧停车管理平台"), zh("城市停车泊位管理系统"))
    assert j.bits > load_weights().low
    assert j.verdict == REVIEW


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        (zh("智慧城管平台小程序", **CASES), CITY, SAME_SYSTEM),
        (zh("智慧城管平台（环市街道分平台）", agency="环市街道", **CASES), CITY, SAME_SYSTEM),
        (zh("智慧城管平台二期", agency="城市管理局", **CASES), CITY, SAME_SYSTEM),
        (CITY, TWIN | {"agency": "城市管理局", "former_names": ("智慧城管平台",)}, SAME_SYSTEM),
        (CITY, TWIN | {"agency": "街道办事处", "former_names": ("智慧城管平台",)}, DUPLICATE),
        (en("Smart Parking App"), en("Smart Parking Platform"), SAME_SYSTEM),
        (CITY | {"jurisdiction": "新会区"}, TWIN | {"jurisdiction": "江门市蓬江区"}, ELSEWHERE),
        (CITY | {"jurisdiction": "江门市"}, TWIN | {"jurisdiction": "江门市蓬江区"}, ELSEWHERE),
        (CITY | {"jurisdiction": "蓬江区荷塘镇"}, TWIN | {"jurisdiction": "江门市蓬江区"}, DUPLICATE),
        (CITY | {"jurisdiction": "Pengjiang District"}, TWIN | {"jurisdiction": "江门市蓬江区"}, DUPLICATE),
        (zh("教育局统一用户登录系统", functions=("单点登录",)), zh("统一身份认证平台", functions=("单点登录",)), REUSE),
        (zh("卫健短信通知平台"), zh("统一短信平台", capability="A03.03"), REUSE),
    ],
)
def test_the_relation_is_told_and_only_a_duplicate_can_be_blocked(a: dict, b: dict, relation: str) -> None:
    j = verdict_of(a, b)
    assert j.relation == relation
    if relation in (SAME_SYSTEM, ELSEWHERE):
        assert j.verdict == NONE


def test_another_jurisdiction_changes_the_relation_and_never_the_bits() -> None:
    here = verdict_of(CITY, TWIN)
    there = verdict_of(CITY | {"jurisdiction": "新会区"}, TWIN | {"jurisdiction": "蓬江区"})
    assert here.bits == there.bits
    assert (here.relation, there.relation) == (DUPLICATE, ELSEWHERE)


def test_agency_and_zone_never_add_weight() -> None:
    j = verdict_of(CITY, TWIN)
    for fields in ({"agency": "城市管理局"}, {"zone": "extranet"}, {"agency": "水利局", "zone": "portal"}):
        assert verdict_of(CITY | fields, TWIN | fields).bits == j.bits
    assert not {"agency", "zone"} & set(FIELDS)


def test_one_agency_is_asked_whether_it_replaces_or_extends() -> None:
    j = verdict_of(CITY, TWIN | {"agency": "城市管理局"})
    assert j.same_agency
    assert j.verdict == REVIEW


def test_a_retired_system_blocks_nothing() -> None:
    assert verdict_of(CITY | {"state": "retired"}, TWIN).verdict == NONE


def test_an_approval_is_shown_and_never_believed() -> None:
    assert verdict_of(CITY | {"approval": "蓬政数〔2020〕1号"}, TWIN).verdict == BLOCK
    assert verdict_of(CITY | {"reuses": ("b",)}, TWIN).verdict == BLOCK


@pytest.mark.parametrize(
    "name",
    [
        "综合管理平台",
        "智慧一体化信息系统",
        "Integrated Smart Platform",
        "😀😀",
        "\u0000\u200b",
        "12345678",
        "蓬江区教育局综合平台",
    ],
)
def test_a_name_of_generic_words_has_too_little_information_and_still_has_bits(name: str) -> None:
    j = verdict_of(zh(name), CITY)
    assert j.verdict == TOO_LITTLE
    assert isinstance(j.bits, float)


def test_an_entry_that_says_too_little_never_passes_in_silence() -> None:
    finder = Finder([profile(Entry(id=f"s{i}", name_zh=n)) for i, n in enumerate(("智慧停车平台", "婚姻登记系统"))])
    result = check_application(finder, Entry(id="x", name_zh="综合管理平台"))
    assert [j.verdict for j in result.verdicts] == [TOO_LITTLE]


def test_every_block_of_the_labelled_decisions_has_two_witnesses_and_fields_that_add_up() -> None:
    blocked = 0
    for a, b, _ in labelled(DECISIONS / "register.csv", DECISIONS / "labels.csv"):
        j = evaluate_pair(a, b)
        assert j.bits == pytest.approx(sum(j.fields.values()), abs=0.02)
        if j.verdict == BLOCK:
            blocked += 1
            assert len(j.agreeing) >= 2
    assert blocked > 10


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_more_agreement_in_a_field_never_lowers_the_bits(data: st.DataObject) -> None:
    weights = load_weights()
    name = data.draw(st.sampled_from(FIELDS))
    low, high = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    assert weights.fields[name].at(low) <= weights.fields[name].at(high) + 1e-9


def test_a_pair_scores_the_same_both_ways() -> None:
    for a, b, _ in list(labelled(DECISIONS / "register.csv", DECISIONS / "labels.csv"))[:80]:
        assert evaluate_pair(a, b).bits == pytest.approx(evaluate_pair(b, a).bits, abs=0.011)


@given(st.lists(st.text(max_size=30), max_size=4), st.text(min_size=1, max_size=80))
@settings(max_examples=150, deadline=None)
def test_nothing_that_can_be_written_crashes_the_check(functions: list[str], name: str) -> None:
    odd = profile(
        Entry(
            id="odd",
            name_zh=name,
            name_en=name[::-1],
            functions=tuple(functions),
            capability=name,
            jurisdiction=name,
            agency=name,
        )
    )
    assert evaluate_pair(odd, profile(Entry(id="b", **CITY))).verdict in (BLOCK, REVIEW, NONE, TOO_LITTLE)


def test_ten_thousand_functions_are_cut_and_said() -> None:
    huge = profile(Entry(id="huge", name_zh="智慧城管平台", functions=tuple(f"案件采集{i}" for i in range(10_000))))
    assert huge.left_out > 9_000
    assert evaluate_pair(huge, profile(Entry(id="b", **TWIN))).bits > 0


def test_at_most_three_reviews_are_shown_and_the_rest_is_counted() -> None:
    finder = Finder(
        [
            profile(Entry(id=f"s{i}", name_zh=f"停车{word}系统"))
            for i, word in enumerate(("管理", "服务", "", "运营", "综合管理", "信息"))
        ]
    )
    result = check_application(finder, Entry(id="x", name_zh="智慧停车平台"))
    assert sum(j.verdict == REVIEW for j in result.verdicts) == 3
    assert result.more == {"x": 3}


def test_the_example_register_holds_no_duplicate_and_finds_the_twin_in_the_other_language() -> None:
    from policies.duplicates import reading

    register = [profile(e) for e in reading.read(ROOT / "inventory/pengjiang/systems.yaml").entries]
    assert not check_register(Finder(register)).blocked
    (twin,) = reading.read(ROOT / "tests/duplicates/example/twin.yaml").entries
    result = check_application(Finder(register), twin)
    assert [(j.b.entry.id, j.verdict) for j in result.verdicts if j.verdict == BLOCK] == [("grid", BLOCK)]
    assert not check_application(
        Finder(register), replace(twin, name_en="Marriage Registration", functions=(), produces=())
    ).blocked


def test_the_start_is_the_same_for_every_pair() -> None:
    assert (
        verdict_of(CITY, TWIN).fields[START]
        == verdict_of(zh("婚姻登记系统"), CITY).fields[START]
        == load_weights().start
    )
    assert verdict.START == START
