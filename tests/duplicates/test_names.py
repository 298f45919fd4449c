"""From a name to its meaning: normalised form, removal of places and offices, objects and actions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policies.duplicates.compare import names, profile
from policies.duplicates.entry import Entry
from policies.duplicates.meaning import Meaning, meaning
from policies.duplicates.normalise import plain
from policies.duplicates.places import without_places


def ids(m: Meaning) -> tuple[set[str], set[str]]:
    return {i for t in m.objects for i in t.ids}, {i for t in m.actions for i in t.ids}


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＯＡ　协同办公", "oa 协同办公"),
        ("臺灣環境監測與網絡", "台湾环境监测与网络"),
        ("智慧\u200b水务\u0007平台", "智慧水务 平台"),
        ("  Air\tQuality  ", "air quality"),
        ("", ""),
    ],
)
def test_the_normal_form(text: str, normal: str) -> None:
    assert plain(text) == normal


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("江门市蓬江区智慧水务平台", "智慧水务平台"),
        ("蓬江区生态环境局环境空气监测系统", "环境空气监测系统"),
        ("江门市场监管平台", "市场监管平台"),
        ("城市管理系统", "城市管理系统"),
        ("社区矫正管理系统", "社区矫正管理系统"),
        ("2022年智慧停车项目", "智慧停车项目"),
        ("pengjiang district water platform", "water platform"),
    ],
)
def test_places_and_offices_are_taken_off_and_words_like_them_stay(name: str, rest: str) -> None:
    assert without_places(plain(name))[0] == rest


@pytest.mark.parametrize(
    ("name", "objects", "actions"),
    [
        ("环境空气质量自动监测系统", {"air"}, {"monitor"}),
        ("水环境质量自动监测系统", {"water_quality"}, {"monitor"}),
        ("Supervision of Public Resource Tendering", {"bidding"}, {"supervise"}),
        ("建设工程招投标监管平台", {"bidding"}, {"supervise"}),
    ],
)
def test_what_is_done_to_what_is_read_from_the_name(name: str, objects: set[str], actions: set[str]) -> None:
    found_objects, found_actions = ids(meaning(name))
    assert objects <= found_objects
    assert actions <= found_actions


def test_the_last_action_is_what_a_name_does() -> None:
    weights = {i: t.weight for t in meaning("行政执法监督系统").actions for i in t.ids}
    assert weights["supervise"] == max(weights.values())


def test_both_actions_of_a_joined_pair_count_in_full() -> None:
    weights = {i: t.weight for t in meaning("取水受理与审批").actions for i in t.ids}
    assert weights["accept"] == pytest.approx(weights["approve"], rel=0.5)


def test_words_that_nobody_knows_are_compared_in_one_language_and_held_open_across() -> None:
    def what(a: str, b: str) -> float:
        first, second = (profile(Entry(id=str(i), name_zh=n)) for i, n in enumerate((a, b)))
        return names(first, second)[0] or 0.0

    assert what("魑魅魍魉登记系统", "魑魅魍魉登记平台") > 0.9 > 0.3 > what("魑魅魍魉登记系统", "饕餮狴犴登记系统")
    assert 0.0 < what("魑魅魍魉监测系统", "Snark Boojum Monitoring") < 0.5


def test_an_office_is_taken_off_where_it_leads_whatever_the_agency_is() -> None:
    assert without_places(plain("民政局低保系统"))[0] == "低保系统"
    for agency in ("", "档案馆", "教育局"):
        (name,) = profile(Entry("a", name_zh="数字档案馆系统", agency=agency)).names
        assert ids(name)[0] == {"archives"}


THEMES = Path(__file__).parent / "names" / "themes.txt"


def unread(subject: str) -> bool:
    """Whether a word of it is missing in the thesaurus."""
    m = meaning(subject, plain_text=True)
    return any(not t.ids for t in m.objects) or not (m.objects or m.actions or m.forms)


def test_the_thesaurus_knows_the_subjects_of_government() -> None:
    lines = [line for line in THEMES.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    subjects = [part.strip() for line in lines for part in re.split("[、;]", line) if part.strip()]
    assert len(subjects) > 800
    missed = [subject for subject in subjects if unread(subject)]
    assert len(missed) / len(subjects) < 0.04, missed
    assert unread("魑魅魍魉") and unread("snark hunting")
