"""All rules, in the order of the pages."""

from policies.gate.core.rule import RULES
from policies.gate.rules import (
    drivers,
    engines,
    flows,
    gate,
    identity,
    intranet,
    isolation,
    machinery,
    networks,
    outward,
    ports,
    rulesets,
    running,
    storage,
    systems,
    workloads,
    zones,
)

TOPICS = (
    gate, networks, identity, drivers, zones, intranet, isolation, storage, outward, ports, workloads, flows, rulesets,
    systems, engines, machinery, running,
)  # fmt: skip
"""Their order is the order of RULES."""
_TURN = [topic.__name__.rpartition(".")[2] for topic in TOPICS]
_ORDERED = sorted(RULES.values(), key=lambda item: (_TURN.index(item.topic), item.id))
RULES.clear()
RULES.update({item.id: item for item in _ORDERED})
__all__ = ["RULES", "TOPICS"]
