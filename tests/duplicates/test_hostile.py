"""Unusual and malicious entries and files: no crash, no long run, always reported."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from policies.duplicates import reading, report
from policies.duplicates.check import Finder, check_application, check_register
from policies.duplicates.compare import MOST_ITEMS, profile
from policies.duplicates.entry import Entry, Unreadable
from policies.duplicates.verdict import BLOCK, TOO_LITTLE, evaluate_pair
from tests.bench.duplicates.synthetic import RegisterMaker

MANY = 10_000
TWIN = Entry("twin", name_zh="数字城管信息系统", functions=("案件采集", "任务派遣"), capability="B01.03")
ODD = {
    "functions": {"name_zh": "智慧城管平台", "functions": tuple(f"案件采集{i}" for i in range(MANY))},
    "long functions": {"name_zh": "智慧城管平台", "functions": tuple(f"案件采集{i}" * 200 for i in range(MANY // 5))},
    "data": {"name_zh": "智慧城管平台", "produces": tuple(f"案件数据{i}" for i in range(MANY))},
    "names": {"name_zh": "智慧城管平台", "former_names": tuple(f"城管平台{i}" for i in range(MANY))},
    "one long name": {"name_zh": "智慧城管" * 100_000},
    "marks": {"name_zh": "- —·:, " * 20_000},
    "brackets": {"name_en": "([" * 10_000 + "branch)"},
    "control": {"name_zh": "智\u0000慧\u001b[2J城\u202e管\u200b", "name_en": "\u0007smart\u007fcity"},
    "emoji": {"name_zh": "🚗🅿️智慧停车🅿️", "functions": ("😀", "💸缴费")},
    "mixed": {"name_zh": "Смарт パーキング 智慧停车 ｐａｒｋｉｎｇ", "functions": ("ﺔﻴﺑﺮﻋ", "臺灣停車")},
    "generic": {"name_zh": "智慧一体化综合管理服务平台升级改造项目（二期）"},
}


@pytest.fixture(scope="module")
def finder() -> Finder:
    maker = RegisterMaker(11)
    return Finder([profile(TWIN), *(profile(maker.entry(i)) for i in range(300))])


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_entry_is_evaluated_in_seconds_and_shown(finder: Finder, kind: str) -> None:
    begin = time.process_time()
    result = check_application(finder, Entry("odd", **ODD[kind]))
    text = report.text(report.document(result.verdicts, result.compared, result))
    json.dumps(report.document(result.verdicts, result.compared, result), ensure_ascii=False).encode()
    assert time.process_time() - begin < 10
    assert result.compared == 301
    assert not {"\u0000", "\u001b", "\u202e", "\u007f", "\u0007"} & set(text)
    if kind in ("marks", "control", "generic", "brackets"):
        assert result.verdicts


def test_what_is_left_out_of_a_comparison_is_counted() -> None:
    for kind in ("functions", "data", "names"):
        odd = profile(Entry("odd", **ODD[kind]))
        assert odd.left_out >= MANY - MOST_ITEMS - 1
        notes = report.pair(evaluate_pair(odd, profile(TWIN)))["evidence"]["notes"]
        assert any(str(odd.left_out) in note["en"] for note in notes)


def test_a_register_of_odd_entries_is_compared_with_itself() -> None:
    result = check_register(Finder([profile(Entry(kind, **odd)) for kind, odd in ODD.items()]))
    assert {j.verdict for j in result.verdicts} >= {TOO_LITTLE}
    shown = {e for j in result.verdicts if j.verdict == TOO_LITTLE for e in (j.a.entry.id, j.b.entry.id)}
    assert {"marks", "generic"} <= shown


def test_an_id_that_is_borrowed_hides_nothing() -> None:
    finder = Finder([profile(TWIN)])
    own = Entry("twin", name_zh="数字城管信息系统", functions=("案件采集",))
    other = Entry("twin", name_zh="智慧城管平台", functions=("案件采集", "任务派遣"), capability="B01.03")
    assert check_application(finder, own).verdicts == ()
    assert [j.verdict for j in check_application(finder, other).verdicts] == [BLOCK]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.json", "[" * 100_000),
        ("deep.yaml", "[" * 5_000),
        ("number.json", '[{"id": ' + "9" * 5_000 + "}]"),
        ("quote.csv", 'id,name_zh\n1,"' + "x" * 11_000_000),
        ("two.yaml", "- {id: a, name_zh: b}\n---\n- {id: c, name_zh: d}\n"),
        ("tag.yaml", "- !!python/object/apply:os.system [ls]\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_never_a_traceback(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable):
        reading.read(tmp_path / name)


def test_a_yaml_that_repeats_itself_without_end_costs_nothing(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60))]
    text = "\n".join((*lines, "systems:", "- {id: a, name_zh: 智慧停车, functions: *a59, users: [[x]]}"))
    (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
    (entry,) = reading.read(tmp_path / "r.yaml").entries
    assert entry.functions == ()


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('[{"id": "a", "name_zh": "停车\\ud83d", "functions": ["\\udead"]}]')
    (entry,) = reading.read(tmp_path / "r.json").entries
    (entry.name_zh + entry.functions[0]).encode()
