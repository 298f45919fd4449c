"""Frames and ARP packets, judged by the model and by the kernel: every verdict is the same.

`LANTU_PACKETS=20000 LANTU_SEED=1000000 pytest tests/nftproof/layers` is the long run.
What differs is shown as small as it
gets; it belongs into `disagreements/`, and what it shows is then wrong in one of the two for good reason.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from policies.nftproof.analyse import analyse
from policies.nftproof.crosscheck import crosscheck
from policies.nftproof.listing import read
from tests.nftproof.layers import comparing
from tests.nftproof.layers.comparing import compare, smallest
from tests.nftproof.layers.frames import Frame, frames, of, queries
from tests.nftproof.layers.paths import paths
from tests.nftproof.layers.rulesets import FRAMES, QUERIES, Json, ruleset
from tests.nftproof.layers.segment import Segment, segment
from tests.nftproof.oracle import objections

WANTED = int(os.environ.get("LANTU_PACKETS", "1000"))
SEED = int(os.environ.get("LANTU_SEED", "0"))
EACH = 24  # frames for one ruleset: many rulesets tell more than many frames
SECONDS = 10  # for the second answer about one ruleset
STATES = 16  # rulesets whose states are tried too
DISAGREEMENTS = sorted((Path(__file__).parent / "disagreements").glob("*.json"))


@pytest.fixture(scope="module")
def wires() -> Iterator[Segment]:
    with segment() as made:
        yield made


def _case(seed: int) -> tuple[Json, Sequence[Frame]]:
    """Every fourth ruleset is about ARP to the box itself."""
    return (
        (ruleset(seed, QUERIES), queries(seed, EACH)) if seed % 4 == 3 else (ruleset(seed, FRAMES), frames(seed, EACH))
    )


def test_what_nothing_stops_arrives_everywhere(wires: Segment) -> None:
    """The positive control: without rules every frame comes out wherever it may."""
    for sent in (frames(SEED, 200), queries(SEED, 100)):
        assert comparing.load(wires, {"nftables": []}) == ""
        assert wires.arrivals(sent) == {(frame.number, place) for frame in sent for place in paths(frame)}


def test_kernel_and_model_give_the_same_verdict(wires: Segment) -> None:
    sent = judged = passed = 0
    refused = Counter[str]()
    seed = SEED
    while sent < WANTED:
        document, batch = _case(seed)
        result = compare(wires, document, batch)
        if result.differences:
            small, difference = smallest(wires, document, batch)
            pytest.fail(f"seed {seed}: {difference}\n{json.dumps(small | {'frames': [asdict(difference.frame)]})}")
        seed, sent, judged, passed = seed + 1, sent + result.sent, judged + result.judged, passed + result.passed
        refused[result.refused] += bool(result.refused)
    print(f"{sent} frames, {judged} ways, {passed} passed, none unequal; {seed - SEED} rulesets, ", end="")
    print(f"{refused.total()} refused by nft or not read")
    assert 0.1 < passed / judged < 0.9, "frames pass or are stopped, whatever the rules say"
    assert refused.total() < (seed - SEED) / 5


def test_no_frame_shows_that_a_rule_has_another_state(wires: Segment) -> None:
    for seed in range(SEED, SEED + STATES):
        document, batch = _case(seed)
        if not compare(wires, document, batch).refused:
            assert _objections(wires, document, batch) == [], f"seed {seed}"


def test_a_wrong_model_is_found_and_shown_on_little(wires: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: a model that takes `drop` for `accept` is caught, and on three objects at most."""
    monkeypatch.setattr(comparing, "read", lambda text: read(text.replace('"drop"', '"accept"')))
    cases = (_case(seed) for seed in range(100))
    document, batch = next(case for case in cases if compare(wires, *case).differences)
    small, difference = smallest(wires, document, batch)
    assert difference.kernel is False and len(small["nftables"]) <= 3


@pytest.mark.parametrize("path", DISAGREEMENTS, ids=lambda path: path.stem)
def test_what_once_differed(path: Path, wires: Segment) -> None:
    """Rulesets on which the model once differed from the kernel, or its states from what trying shows."""
    document = json.loads(path.read_text("utf-8"))
    lossy = document.pop("lossy", "")
    batch = [of(item) for item in document.pop("frames")]
    result = compare(wires, document, batch)
    if lossy and result.differences:
        pytest.xfail(f"the listing is not what was loaded: {lossy}")
    assert (result.refused, result.differences) == ("", [])
    assert _objections(wires, document, batch) == []


def _objections(wires: Segment, document: Json, batch: Sequence[Frame]) -> list[str]:
    """What the frames, and the second answer, say against the states of what is loaded."""
    ruleset = comparing.listed(wires, document)
    assert not isinstance(ruleset, str)
    answer = analyse(ruleset)
    found = objections(answer, sent=comparing.Model(ruleset).shown(batch))
    return [*found, *crosscheck(answer, SECONDS).differences]
