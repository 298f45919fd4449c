"""Properties of every pair: symmetric, more agreement never subtracts bits, owner and location never count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.duplicates.compare import EntryProfile, profile
from policies.duplicates.entry import Entry
from policies.duplicates.fit import DECISIONS, labelled
from policies.duplicates.relation import DIFFERENT, DUPLICATE, ELSEWHERE, RELATED, REUSE, SAME_SYSTEM
from policies.duplicates.verdict import BLOCK, evaluate_pair
from tests.bench.duplicates.figures import HELD_OUT, name_sets

ENTRIES = [
    (a.entry, b.entry)
    for folder, names in (
        (DECISIONS, ("register.csv", "labels.csv")),
        (HELD_OUT / "registrations", ("held_out.csv", "held_out_labels.csv")),
    )
    for a, b, _ in labelled(*(folder / name for name in names))
]
NAMED = [(a, b) for _, pairs in list(name_sets())[1:] for a, b, _ in pairs]
pairs = st.sampled_from([*ENTRIES, *NAMED])
MATCHING = {
    "functions": ("案件采集核查", "bay detection"),
    "produces": ("案件数据",),
    "consumes": ("人口基础信息",),
    "users": ("工作人员",),
    "object": "停车泊位",
    "capability": "B01.03",
}


def bits(a: Entry, b: Entry) -> float:
    return evaluate_pair(profile(a), profile(b)).bits


@given(pairs)
@settings(max_examples=300, deadline=None)
def test_a_pair_has_the_same_bits_and_relation_from_both_sides(pair: tuple[Entry, Entry]) -> None:
    forward, backward = (evaluate_pair(profile(x), profile(y)) for x, y in (pair, pair[::-1]))
    assert forward.bits == backward.bits
    assert forward.fields == backward.fields
    assert (forward.relation, forward.verdict) == (backward.relation, backward.verdict)


@given(pairs, st.sampled_from(sorted(MATCHING)))
@settings(max_examples=300, deadline=None)
def test_a_field_that_both_have_alike_never_takes_bits(pair: tuple[Entry, Entry], name: str) -> None:
    a, b = (replace(e, **{name: () if isinstance(getattr(e, name), tuple) else ""}) for e in pair)
    both = [replace(e, **{name: MATCHING[name]}) for e in (a, b)]
    assert bits(*both) >= bits(a, b)


@given(pairs, st.sampled_from(("functions", "produces", "users")))
@settings(max_examples=200, deadline=None)
def test_one_more_item_that_both_have_never_takes_bits(pair: tuple[Entry, Entry], name: str) -> None:
    a, b = pair
    if getattr(a, name) and getattr(b, name):
        more = [replace(e, **{name: (*getattr(e, name), *MATCHING[name])}) for e in pair]
        assert bits(*more) >= bits(a, b)


@given(pairs, st.sampled_from(("海岸带巡护蛇鲨平台", "Snark Patrol")))
@settings(max_examples=200, deadline=None)
def test_a_former_name_that_both_had_never_takes_bits(pair: tuple[Entry, Entry], name: str) -> None:
    more = [replace(e, former_names=(*e.former_names, name)) for e in pair]
    assert bits(*more) >= bits(*pair)


@given(pairs, st.sampled_from(("agency", "zone", "jurisdiction", "level", "owner", "project", "budget", "source")))
@settings(max_examples=300, deadline=None)
def test_whose_it_is_and_where_it_runs_never_changes_the_bits(pair: tuple[Entry, Entry], name: str) -> None:
    a, b = pair
    for first, second in (
        ("蓬江区", "蓬江区"),
        ("extranet", "intranet"),
        ("江门市水利局", "新会区教育局"),
        ("", "停车"),
    ):
        assert bits(replace(a, **{name: first}), replace(b, **{name: second})) == bits(a, b)


@given(pairs)
@settings(max_examples=100, deadline=None)
def test_another_jurisdiction_is_elsewhere_and_never_a_block(pair: tuple[Entry, Entry]) -> None:
    a, b = (replace(e, jurisdiction=place, agency="") for e, place in zip(pair, ("新会区", "台山市"), strict=True))
    j = evaluate_pair(profile(a), profile(b))
    assert j.verdict != BLOCK
    assert j.relation in (ELSEWHERE, SAME_SYSTEM, RELATED, DIFFERENT)
    assert (j.relation == ELSEWHERE) == (j.relation != SAME_SYSTEM and j.bits >= 1.0)


@given(pairs)
@settings(max_examples=200, deadline=None)
def test_every_block_has_two_fields_and_a_relation_that_allows_it(pair: tuple[Entry, Entry]) -> None:
    j = evaluate_pair(profile(pair[0]), profile(pair[1]))
    assert j.verdict != BLOCK or (len(set(j.agreeing)) >= 2 and j.relation in (DUPLICATE, REUSE))


def test_an_entry_beside_itself_has_the_most_bits() -> None:
    people: dict[str, EntryProfile] = {e.id: profile(e) for pair in ENTRIES for e in pair}
    for person in list(people.values())[::8]:
        own = evaluate_pair(person, person).bits
        assert all(evaluate_pair(person, other).bits <= own + 0.01 for other in people.values()), person.entry.id


@pytest.mark.parametrize(("name", "matching"), MATCHING.items())
def test_the_matching_fields_above_do_add_bits(name: str, matching: object) -> None:
    """Otherwise a check that reads nothing would satisfy the properties above."""
    a, b = Entry("a", name_zh="智慧停车"), Entry("b", name_zh="停车诱导")
    assert bits(replace(a, **{name: matching}), replace(b, **{name: matching})) > bits(a, b)
