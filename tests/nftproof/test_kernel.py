"""Random rulesets and packets, evaluated by the model and by the kernel: every verdict is the same.

`LANTU_PACKETS=100000 LANTU_SEED=1000000 pytest tests/nftproof/test_kernel.py` is the long run. A difference is
reduced to a small case; it belongs into `disagreements/`, with the correction that it leads to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.nftproof.lint.analyse import analyse
from policies.nftproof.lint.crosscheck import crosscheck
from policies.nftproof.listing import read
from tests.nftproof import model
from tests.nftproof.comparing import Box, compare, replacing, smallest
from tests.nftproof.namespaces import PacketLab, lab
from tests.nftproof.oracle import objections
from tests.nftproof.packets import ROUTES, TestPacket, packets, rare_packets
from tests.nftproof.rulesets import mixed, ruleset

WANTED = int(os.environ.get("LANTU_PACKETS", "0"))  # of each kind of ruleset
SEED = int(os.environ.get("LANTU_SEED", "0"))
EACH = 24  # packets for one ruleset, beside the answers to them: many rulesets cover more than many packets
WAYS = ("through", "through", "in", "out")
DISAGREEMENTS = sorted((Path(__file__).parent / "disagreements").glob("*.json"))


@pytest.fixture(scope="module")
def wires() -> Iterator[tuple[PacketLab, Box]]:
    with lab(ROUTES) as made:
        yield made, Box(made)


MAKERS = {"basic": (ruleset, packets, WANTED or 800), "mixed": (mixed, rare_packets, WANTED or 1600)}


@pytest.mark.parametrize("kind", MAKERS)
def test_kernel_and_model_give_the_same_verdict(kind: str, wires: tuple[PacketLab, Box]) -> None:
    """If the model leaves a verdict open (a rate, a chance), the kernel's is one of those it allows."""
    make, pack, wanted = MAKERS[kind]
    sent = passed = refused = exact = given_up = 0
    seed = SEED
    while sent < wanted:
        document, batch = make(seed), pack(seed, EACH, WAYS)
        result = compare(*wires, document, batch)
        if result.differences:
            small, difference = smallest(*wires, document, batch)
            pytest.fail(f"seed {seed}: {difference}\n{json.dumps(small)}")
        seed, refused = seed + 1, refused + bool(result.refused)
        sent, passed = sent + result.sent, passed + result.passed
        exact, given_up = exact + result.exact, given_up + result.given_up
    result_line = f"{sent} packets, {passed} passed, {exact} could do nothing else, {given_up} given up, none unequal"
    print(f"{kind}: {result_line}; {seed - SEED} rulesets, {refused} refused by nft")
    assert exact > 0.85 * sent and given_up < 0.01 * sent
    assert 0.1 < passed / sent < 0.9, "packets pass or are stopped, whatever the rules say"
    assert refused < (seed - SEED) / 5


def test_a_wrong_model_is_found_and_shown_on_little(
    wires: tuple[PacketLab, Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: a model that takes `drop` for `accept` is caught, and on three objects at most."""
    monkeypatch.setattr(model, "read", lambda text: read(text.replace('"drop"', '"accept"')))
    small, difference = smallest(*wires, ruleset(7), packets(7, EACH, WAYS))
    assert difference.kernel is False and len(small["nftables"]) <= 3


def test_a_wrong_model_of_rare_things_is_found(wires: tuple[PacketLab, Box], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with chances: a verdict that no chance explains is still a difference."""
    monkeypatch.setattr(model, "read", lambda text: read(text.replace('"drop"', '"accept"')))
    found = [compare(*wires, mixed(seed), rare_packets(seed, EACH, WAYS)).differences for seed in range(3)]
    assert any(found)


def test_states_of_what_the_kernel_lists(wires: tuple[PacketLab, Box]) -> None:
    """All of it is understood; every rule's status holds on trial, and the cross-check agrees."""
    for seed in range(SEED, SEED + 3):
        if not wires[0].load(replacing(mixed(seed))):
            report = analyse(read(wires[0].listed()))
            assert [item.what for item in report.unknown] == [], seed
            assert objections(report, seed) == [], seed
            assert crosscheck(report, 20).differences == [], seed


@pytest.mark.parametrize("path", DISAGREEMENTS, ids=lambda path: path.stem)
def test_what_once_differed(path: Path, wires: tuple[PacketLab, Box]) -> None:
    """Rulesets on which the model once differed from the kernel, or its statuses from trial."""
    document = json.loads(path.read_text("utf-8"))
    lossy = document.pop("lossy", "")
    batch = [TestPacket(**item) for item in document.pop("packets", [])] or packets(0, EACH, WAYS)
    result = compare(*wires, document, batch)
    if lossy and result.differences:
        pytest.xfail(f"the listing is not what was loaded: {lossy}")
    assert (result.refused, result.differences) == ("", [])
    assert objections(analyse(read(wires[0].listed()))) == []
