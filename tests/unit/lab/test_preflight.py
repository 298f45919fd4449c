"""The preflight on recorded machines: what each is refused for, in both languages, and what only is worth a note."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from lab import preflight
from lab.errors import LabError
from lab.preflight import Assessment, Machine, Needs
from lab.preflight.tried import TRIED

from tests.unit.lab.recorded import MACHINES, NAMES, lay

ELSEWHERE = {"LAB001", "LAB006", "LAB013", "LAB022"}
"""Codes that the preflight refuses by and that others raise too."""
EXPECTED = {name: json.loads((MACHINES / name / "machine.json").read_text())["expected"] for name in NAMES}


def looked_at(name: str, root: Path, needs: Needs | None = None) -> tuple[Machine, Assessment]:
    answers = lay(name, root)
    needs = needs or Needs(virtual_machines=bool(EXPECTED[name].get("virtual_machines")))
    machine = preflight.read(root, answers)
    return machine, preflight.evaluate(machine, needs)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_machine_is_refused_for_exactly_what_is_wrong_with_it(name: str, tmp_path: Path) -> None:
    _, assessment = looked_at(name, tmp_path)
    expected = EXPECTED[name]
    assert {refusal.code: refusal.found for refusal in assessment.refused} == expected["refused"]
    if "packages" in expected:
        assert list(assessment.packages) == expected["packages"]
    english = "\n".join(note.en for note in assessment.notes)
    for words in expected.get("notes", ()):
        assert words in english
    assert ("never tried" in english) == expected.get("untried", True)


@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name]["refused"]])
def test_every_refusal_says_in_both_languages_what_should_be_so_and_what_to_do(name: str, tmp_path: Path) -> None:
    _, assessment = looked_at(name, tmp_path)
    for refusal in assessment.refused:
        for language in ("zh", "en"):
            text = refusal.text(language)
            assert text.startswith(refusal.code) and refusal.found in text and "{" not in text
            assert "  \n" not in text + "\n", "an empty sentence"
    for code, sentence in EXPECTED[name].get("sentences", {}).items():
        assert any(sentence in refusal.text("en") for refusal in assessment.refused if refusal.code == code)


def test_every_code_of_the_preflight_is_refused_by_a_recorded_machine() -> None:
    seen = {code for expected in EXPECTED.values() for code in expected["refused"]}
    assert seen == {code for code in LabError.CATALOGUE if "LAB030" <= code <= "LAB059"} | ELSEWHERE


def test_at_least_twenty_conditions_are_recorded() -> None:
    assert len({tuple(expected["refused"]) for expected in EXPECTED.values() if expected["refused"]}) >= 20


def test_a_machine_like_one_that_was_tried_gets_no_note(tmp_path: Path) -> None:
    tried = TRIED[0]
    assert (tried.distribution, tried.cgroups) == ("debian", "v1")
    machine, assessment = looked_at("firecracker-cgroups-v1", tmp_path)
    assert assessment.notes == () and assessment.refused == ()
    other = replace(machine, engine=replace(machine.engine, version="28.2.2"))
    (note,) = preflight.evaluate(other, Needs()).notes
    assert "Docker 28.2.2" in note.en and "从未" in note.zh


def test_needs_grow_with_the_blueprint_until_a_machine_is_too_small(tmp_path: Path) -> None:
    machine, assessment = looked_at("debian12", tmp_path)
    assert assessment.refused == ()
    refused = preflight.evaluate(machine, Needs(hosts=2000, nodes=20)).refused
    assert {"LAB013", "LAB049", "LAB056"} <= {refusal.code for refusal in refused}
    (memory,) = [refusal for refusal in refused if refusal.code == "LAB049"]
    assert "2000 hosts 80000" in memory.text("en") and "2000 台主机 80000" in memory.text("zh")


def test_what_the_cache_has_is_not_needed_again(tmp_path: Path) -> None:
    _, fresh = looked_at("debian12", tmp_path / "one")
    root = tmp_path / "two"
    answers = lay("debian12", root)
    kinds = ("app", "base", "cloud", "portal")
    for folder in (*(f"images/{kind}-0" for kind in kinds), "engine/pulumi-0/bin/pulumi"):
        (root / "var/cache/lantu" / folder).mkdir(parents=True)
    warm = preflight.evaluate(preflight.read(root, answers), Needs())
    assert {part.name.en for part in fresh.parts} - {part.name.en for part in warm.parts} == {
        "building host images",
        "building Pulumi",
    }


def test_a_second_release_needs_disk_space_of_its_own_for_building_and_in_the_engines(tmp_path: Path) -> None:
    machine, _ = looked_at("debian12", tmp_path)

    def disk(images: tuple[str, ...], cached: tuple[str, ...] = ()) -> dict[str, int]:
        parts = preflight.evaluate(replace(machine, images=frozenset(cached)), Needs(images=images)).parts
        return {part.name.en: part.disk_mb for part in parts}

    first, second = ("app", "base", "cloud"), ("app", "base", "base13", "cloud", "cloud13")
    for part in ("building host images", "2 engines"):
        assert disk(second)[part] == 2 * disk(first)[part] > 0
    assert disk(second, cached=first)["building host images"] == disk(first)["building host images"]
    assert "building host images" not in disk(second, cached=second)


def test_without_a_source_a_machine_is_refused_only_for_images_that_it_lacks(tmp_path: Path) -> None:
    machine, _ = looked_at("no-debian-source", tmp_path)
    needs = Needs(images=("app", "base13"))
    for cached, suites in ((("app",), "trixie"), ((), "bookworm, trixie")):
        (refusal,) = preflight.evaluate(replace(machine, images=frozenset(cached)), needs).refused
        assert refusal.code == "LAB022" and suites in refusal.text("en")
    assert preflight.evaluate(replace(machine, images=frozenset(needs.images)), needs).refused == ()


def test_a_lab_that_stands_needs_its_disk_space_no_second_time(tmp_path: Path) -> None:
    machine, _ = looked_at("full-disk", tmp_path)
    machine = replace(machine, images=frozenset(Needs().images), toolchain=True)
    assert [refusal.code for refusal in preflight.evaluate(machine, Needs()).refused] == ["LAB013"]
    assert preflight.evaluate(machine, Needs(built=True)).refused == ()


def test_a_route_in_a_segments_range_is_a_note_in_both_families(tmp_path: Path) -> None:
    machine, _ = looked_at("debian12", tmp_path)
    machine = replace(machine, routes=(("10.70.0.0/16", "tun0"), ("fd6c::/16", "tun0"), ("10.9.0.0/16", "eth1")))
    ranges = {"shared": ("10.70.1.0/24", "fd6c:616e:7475:1::/64")}
    notes = [note.en for note in preflight.evaluate(machine, Needs(prefixes=ranges)).notes if "overlaps" in note.en]
    assert len(notes) == 2 and "10.70.0.0/16 (tun0) overlaps segment shared" in notes[0] and "fd6c::/16" in notes[1]
