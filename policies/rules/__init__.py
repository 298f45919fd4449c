"""One module per topic, many small rules; texts, basis and severity stand in the TOML file beside each module."""

from policies.rule import RULES
from policies.rules import (
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
    storage,
    systems,
    workloads,
    zones,
)

TOPICS = (
    gate, networks, identity, drivers, zones, intranet, isolation, storage, outward, ports, workloads, flows, rulesets,
    systems, engines, machinery,
)  # fmt: skip
"""In the order in which people read them."""
__all__ = ["RULES", "TOPICS"]
