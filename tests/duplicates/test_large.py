"""Large registers: the duplicate is among the candidates, the cost is bounded, the cached index is never stale."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.duplicates import blocking, stored
from policies.duplicates.candidates import CAP_LEAST, QUOTA, TOGETHER, build, keys
from policies.duplicates.check import Finder, check_application, check_register
from policies.duplicates.compare import profile
from policies.duplicates.entry import Entry
from policies.duplicates.fit import DECISIONS, labelled
from policies.duplicates.verdict import BLOCK, MARGIN, evaluate_pair
from policies.duplicates.weights import load as load_weights
from tests.bench.duplicates.figures import HELD_OUT
from tests.bench.duplicates.synthetic import RegisterMaker

SIZE = 2_500


@pytest.fixture(scope="module")
def register() -> list[Entry]:
    maker = RegisterMaker(7)
    return [maker.entry(i) for i in range(SIZE)]


@pytest.fixture(scope="module")
def file(register: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "r.json"
    path.write_text(json.dumps([e.plain() for e in register], ensure_ascii=False), encoding="utf-8")
    return path


def test_the_twin_is_among_the_candidates_also_in_the_other_language(register: list[Entry]) -> None:
    folder = HELD_OUT / "registrations"
    twins = [(a, b) for a, b, same in labelled(folder / "held_out.csv", folder / "held_out_labels.csv") if same]
    planted = {p.entry.id: p for pair in twins for p in pair}
    profiles = [*planted.values(), *map(profile, register)]
    index, at = build(profiles), {p.entry.id: i for i, p in enumerate(profiles)}
    recalled = [at[b.entry.id] in index.candidates(keys(a), at[a.entry.id]) for a, b in twins]
    assert sum(recalled) / len(recalled) >= 0.98


def test_work_is_capped_however_common_the_words() -> None:
    index = build([profile(Entry(id=str(i), name_zh="智慧停车管理平台")) for i in range(3 * CAP_LEAST)])
    assert (index.start[1:] - index.start[:-1]).max() == CAP_LEAST
    assert len(index.candidates(keys(profile(Entry(id="x", name_zh="智慧停车管理平台"))))) <= 2 * (
        sum(QUOTA.values()) + TOGETHER
    )


def test_blocking_excludes_no_pair_that_the_verdict_would_not_exclude(register: list[Entry]) -> None:
    odd = [
        Entry("odd1", name_zh="智慧停车" * 60, functions=tuple(f"计费{i}、诱导与停车执法" for i in range(30))),
        Entry("odd2", name_en="Snark Boojum Parking", former_names=("停车蛇鲨平台", "😀"), object="停车泊位"),
        Entry("odd3", name_zh="综合平台"),
    ]
    pairs = labelled(DECISIONS / "register.csv", DECISIONS / "labels.csv")
    decided = {p.entry.id: p for a, b, _ in pairs for p in (a, b)}
    profiles = [*decided.values(), *map(profile, (*odd, *register[:60]))]
    look, weights, everything = blocking.build(profiles), load_weights(), range(len(profiles))
    for item in (*profiles[::9], *map(profile, odd)):
        most = {i: bits for bits, i in look.shortlist(item, everything, weights)}
        for i, other in enumerate(profiles):
            bits = evaluate_pair(item, other).bits
            assert bits < weights.low or most[i] >= bits - MARGIN, (item.entry.id, other.entry.id)
    assert len(look.shortlist(profiles[0], everything, weights)) < len(profiles) / 2


def test_a_stored_register_answers_as_the_one_it_was_made_of(file: Path) -> None:
    application = Entry(
        id="x", name_zh="森林防火视频监控系统", functions=("热点识别", "火情报警"), produces=("火情数据",)
    )
    first, _ = stored.prepare(file)
    (store,) = stored.folder().glob("*.bin")
    again, _ = stored.prepare(file)
    assert isinstance(again.profiles, stored.Profiles)
    for finder in (first, again):
        assert [(j.b.entry, j.bits, j.verdict) for j in finder.evaluate(profile(application))[0]] == [
            (j.b.entry, j.bits, j.verdict) for j in first.evaluate(profile(application))[0]
        ]
    assert list(stored.folder().glob("*.bin")) == [store]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda _: b"", lambda b: b[:-9] + b"\0" * 9])
def test_a_damaged_store_is_made_again(file: Path, damage: Callable[[bytes], bytes]) -> None:
    stored.prepare(file)
    (store,) = stored.folder().glob("*.bin")
    whole = store.read_bytes()
    store.write_bytes(damage(whole))
    finder, _ = stored.prepare(file)
    assert len(finder.profiles) == SIZE
    assert store.read_bytes() == whole


def test_another_content_is_another_store(file: Path, tmp_path: Path) -> None:
    other = tmp_path / file.name
    other.write_text(file.read_text(encoding="utf-8").replace('"s0"', '"t0"'), encoding="utf-8")
    assert stored.key(file) != stored.key(other)


def test_a_store_that_cannot_be_written_costs_no_answer(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    assert len(stored.prepare(file)[0].profiles) == SIZE


def test_all_against_all_finds_each_pair_once() -> None:
    twin = {"functions": ("案件采集", "任务派遣", "处置核查"), "capability": "B01.03"}
    maker = RegisterMaker(3)
    entries = [
        Entry("a", name_zh="智慧城管平台", **twin),
        Entry("b", name_zh="数字城管信息系统", **twin),
        *(maker.entry(i) for i in range(120)),
    ]
    result = check_register(Finder([profile(e) for e in entries]))
    assert [{j.a.entry.id, j.b.entry.id} for j in result.verdicts if j.verdict == BLOCK].count({"a", "b"}) == 1
    assert result.compared == 122


def test_an_entry_of_the_register_is_not_compared_with_itself() -> None:
    own = Entry("a", name_zh="智慧城管平台", functions=("案件采集", "任务派遣"), capability="B01.03")
    assert check_application(Finder([profile(own)]), own).compared == 0
