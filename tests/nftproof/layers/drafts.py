"""What the rulesets of these layers are made of: few values, so that rules overlap and frames meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.nftproof.layers.frames import BOX, GROUPS, SENDERS, STATION
from tests.nftproof.rulesets.drawing import Drawing
from tests.nftproof.rulesets.words import Json, match

FRAMES, QUERIES = "frames", "queries"
MACS = (*SENDERS, *STATION.values(), BOX, GROUPS[0])
VLANS = (5, 6, 100)
ETHERTYPES = ("ip", "ip6", "arp", "8021q", "8021ad", 4, 29)
"""The last two: what the kernel takes for the protocol of a frame that has a length in its place, and such a length."""
SERVICES = (22, 53, 80, 443)
QUERY_FIELDS = (
    "operation", "saddr ip", "daddr ip", "saddr ether", "daddr ether", "htype", "ptype", "hlen", "plen",
)  # fmt: skip
UNUSED = 253  # a transport protocol for experiments
EVERY = (1 << 32) - 1


@dataclass(slots=True)
class Draft(Drawing):
    """What is known of the ruleset and the rule being made. Everything is drawn by chance."""

    about: str = FRAMES
    hooks: frozenset[str] = frozenset()  # of the table being made
    tagged: bool = False  # the rule being made looks at a tag
    named: bool = False  # names its protocol itself, which nft 1.0.6 leaves out of its listing before a header of it

    def _less(self, left: Json, value: Any, right: Any) -> Json:
        """A test by order, one in a rule; else a plain one."""
        if self.ordered:
            return match(left, right, self._op())
        self.ordered = True
        return match(left, value, self.pick("<", ">", "<=", ">="))
