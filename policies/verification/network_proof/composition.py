"""Two permitted hops that together make a path that no flow declares.

Each forwarding host passes exactly its flows. A packet that one host may forward from A to B, and another from B to C,
can go from A to C if a route or a neighbour in B sends it on. So packets that both pass must be declared for A and C.
Longer paths consist of such pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from inventory.model.blueprint import Blueprint
from inventory.model.paths import Path
from policies.nftproof.boxes import RawBox, narrowed
from policies.nftproof.intervals import meet
from policies.verification.network_proof.expected_traffic import boxes
from policies.verification.network_proof.findings import FindingKind, ProofFinding

Hop = tuple[str, str]
"""A flow's source segment and target segment."""


def composed(blueprint: Blueprint, declared: Sequence[Path]) -> Iterator[ProofFinding]:
    """One finding for every two flows that compose; no finding is the proof."""
    hops: defaultdict[Hop, list[tuple[str, RawBox]]] = defaultdict(list)
    for path in declared:
        if path.crosses:
            for item in boxes(blueprint, path):
                hops[path.source.segment, path.target.segment].append((item.label, item.box))
    for (source, middle), first in hops.items():
        for (other, target), second in hops.items():
            if other == middle and target != source:
                direct = [box for _, box in hops.get((source, target), [])]
                yield from _both(first, second, direct, (source, middle, target))


def _both(
    first: Sequence[tuple[str, RawBox]],
    second: Sequence[tuple[str, RawBox]],
    direct: Sequence[RawBox],
    way: tuple[str, ...],
) -> Iterator[ProofFinding]:
    for flow, box in first:
        for onward, other in second:
            packets_of_both = narrowed(box, other)
            if packets_of_both is not None and not any(_within(packets_of_both, allowed) for allowed in direct):
                packet = {name: values[0][0] for name, values in packets_of_both.items()}
                yield ProofFinding(FindingKind.OPEN, way[1], "forward", flow, f"{flow} + {onward}", packet, way=way)


def _within(inner: RawBox, outer: RawBox) -> bool:
    return all(name in inner and meet(inner[name], values) == inner[name] for name, values in outer.items())
