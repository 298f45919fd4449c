"""Two areas count as the same only if they can be the same: all pairs of the official list."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.duplicates.divisions import divisions
from policies.duplicates.entry import Entry
from policies.duplicates.jurisdiction import elsewhere, read
from policies.duplicates.relation import ELSEWHERE
from policies.duplicates.thesaurus import DATA
from policies.duplicates.verdict import BLOCK

from .conftest import verdict_of, zh

LINES = [
    line.split("\t") for line in (DATA / "divisions.tsv").read_text(encoding="utf-8").splitlines() if line[0] != "#"
]
COUNTIES = [(code, name) for code, name, *_ in LINES if len(code) == 6]
NAMES = {code: name for code, name, *_ in LINES}


def whole(code: str) -> str:
    """The name with the names of the areas above it."""
    return "".join(NAMES[code[:n]] for n in (2, 4, 6) if code[:n] in NAMES and n <= len(code))


def at(area: str, other: str) -> bool:
    return elsewhere(Entry("a", name_zh="甲", jurisdiction=area), Entry("b", name_zh="乙", jurisdiction=other))


def test_the_list_is_whole() -> None:
    assert len(COUNTIES) > 2900
    assert all(any(code[:n] in NAMES for n in (2, 4)) for code, _ in COUNTIES)


@pytest.mark.parametrize(
    ("a", "b", "differ"),
    [
        ("武侯区", "禅城区", True),  # only one of them is in the list of leading places
        ("成都市武侯区", "佛山市禅城区", True),
        ("广州市白云区", "贵阳市白云区", True),
        ("白云区", "贵阳市白云区", False),  # one parent is unknown
        ("南昌市", "南昌县", True),
        ("南昌", "南昌县", False),
        ("江门市高新区", "佛山市高新区", True),
        ("Chancheng District", "禅城区", False),
        ("Chancheng District", "武侯区", True),
        ("Somewhere District", "武侯区", False),
        ("Chancheng", "Wuhou", True),
        ("蓬江区荷塘镇", "江门市蓬江区", False),
        ("臺北市", "高雄市", True),
        ("", "武侯区", False),
    ],
)
def test_areas(a: str, b: str, differ: bool) -> None:
    assert at(a, b) is differ
    assert at(b, a) is differ


def test_two_districts_with_one_name_and_one_function_are_no_block() -> None:
    same = {"functions": ("停车泊位采集", "停车费结算"), "produces": ("停车数据",), "capability": "B01.03"}
    here = zh("智慧停车平台", jurisdiction="武侯区", **same)
    assert verdict_of(here, zh("智慧停车平台", jurisdiction="禅城区", **same)).relation == ELSEWHERE
    assert verdict_of(here, zh("智慧停车平台", jurisdiction="武侯区", **same)).verdict == BLOCK  # the control


def test_every_two_counties_differ_where_their_names_or_parents_do() -> None:
    """All pairs: no two names share a code, and together with its parents every name has only its own."""
    by_code: dict[str, set[str]] = defaultdict(set)
    for code, name in COUNTIES:
        alone, full = read(name), read(whole(code))
        assert alone is not None and code in alone.codes, name
        assert full is not None and full.codes == {code}, whole(code)
        for item in alone.codes:
            by_code[item].add(name)
    assert all(len(names) == 1 for names in by_code.values())


@given(st.sampled_from(COUNTIES), st.sampled_from(COUNTIES))
@settings(max_examples=1500, deadline=None)
def test_any_two_counties(first: tuple[str, str], other: tuple[str, str]) -> None:
    assert at(first[1], other[1]) is (first[1] != other[1])
    assert at(whole(first[0]), whole(other[0])) is (first[0] != other[0])


def test_pinyin_of_an_area_is_that_area() -> None:
    latin = {code: pinyin for code, _, _, pinyin in LINES}
    assert not any(at(f"{latin[code].title()} District", name) for code, name in COUNTIES)
    assert latin["440604"] == "chancheng"
    assert divisions().pinyin["wuhou"] == {"510107"}
