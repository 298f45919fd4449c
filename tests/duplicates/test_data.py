"""Data of the check: thesaurus, weights, texts, capability codes, the picture in the docs."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest

from policies.duplicates import fit, picture, reading, stems
from policies.duplicates.evidence import texts
from policies.duplicates.make_stems import stems_text
from policies.duplicates.thesaurus import DATA, ThesaurusError, load
from policies.duplicates.weights import load as load_weights
from tests.conftest import Golden

from .conftest import ROOT


def test_the_thesaurus_is_whole_and_bilingual() -> None:
    thesaurus = load()
    assert len(thesaurus.concepts) > 1000
    assert [c.place for c in thesaurus.concepts.values() if not c.zh or not c.en] == []
    assert thesaurus.kinship("air", "air") == 1.0
    assert thesaurus.kinship("air", "water_quality") < 0.3 < thesaurus.kinship("voc", "air") < 1.0
    assert thesaurus.kinship("air", "marriage") == 0.0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@o\nair | 空气 | air\nair | 大气 | ambient\n", "1.txt:3: air is already at 1.txt:2"),
        ("@o\nair < sky | 空气 | air\n", "1.txt:2: air names sky, which does not exist"),
        ("@o\nair < sky | 空气 | air\nsky < air | 天 | sky\n", "1.txt:2: air is its own ancestor"),
        ("air | 空气 | air\n", "1.txt:1: not a concept"),
        ("@o\nair 空气\n", "1.txt:2: not a concept"),
        ("", "no concept found"),
    ],
)
def test_a_wrong_thesaurus_is_refused_with_file_and_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "1.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ThesaurusError, match=problem):
        load(tmp_path)


def test_a_word_added_to_the_thesaurus_joins_two_languages(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("@o\nsnark | 蛇鲨、鲨蛇 | snark; boojum\n", encoding="utf-8")
    thesaurus = load(tmp_path)
    assert thesaurus.zh["鲨蛇"] == thesaurus.en[("boojum",)] == ("snark",)


def test_the_weights_are_those_of_the_decisions() -> None:
    """Fits the weights again; renew with `python -m policies.duplicates.fit`."""
    start, names = fit.fit_names()
    kept = json.loads((DATA / "weights.json").read_text(encoding="utf-8"))
    assert start == pytest.approx(kept["start"], abs=0.05)
    for name, curve in (names | fit.fit_others(start, names)).items():
        assert curve["bits"] == pytest.approx(kept["fields"][name]["bits"], abs=0.05), name


def test_no_curve_ever_falls_and_the_lines_are_in_order() -> None:
    weights = load_weights()
    for name, curve in weights.fields.items():
        assert list(curve.bits) == sorted(curve.bits), name
        assert curve.knots[0] == 0 and curve.knots[-1] == 1
    assert weights.start < weights.low < weights.high


def test_every_sentence_is_there_in_both_languages_with_the_same_places_to_fill() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for group, sentences in texts().items():
        for key, both in sentences.items():
            assert set(both) == {"zh", "en"}, (group, key)
            assert places(both["zh"]) == places(both["en"]), (group, key)


def capabilities() -> list[list[str]]:
    lines = (DATA / "capabilities.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def test_the_capability_tree_is_a_tree_in_two_languages_and_holds_the_example_s_codes() -> None:
    codes = [code for code, zh, en in capabilities() if zh and en]
    assert len(codes) == len(set(codes)) == len(capabilities())
    assert [c for c in codes if "." in c and c.rpartition(".")[0] not in codes] == []
    used = {e.capability for e in reading.read(ROOT / "inventory/pengjiang/systems.yaml").entries}
    assert used - set(codes) == set()


def test_the_picture_in_the_docs_is_what_the_check_draws(golden: Golden) -> None:
    golden(
        ROOT / "docs/duplicates.svg",
        picture.draw(ROOT / "inventory/pengjiang/systems.yaml", ROOT / "tests/duplicates/example/twin.yaml"),
    )


def test_the_page_for_the_committee_says_the_lines_as_they_are() -> None:
    page = (ROOT / "docs/duplicates.md").read_text(encoding="utf-8")
    weights = load_weights()
    assert f"starts at −{-weights.start:.1f} **bits**" in page
    assert f"above {weights.high:g} bits" in page
    assert f"above {weights.low:g} bit" in page
    assert f"{round(len(load().concepts), -1):,} concepts" in page
    assert "duplicates.svg" in page


def test_the_kept_stems_are_those_of_the_thesaurus() -> None:
    assert stems.FILE.read_text(encoding="utf-8") == stems_text(), "python -m policies.duplicates.make_stems"
