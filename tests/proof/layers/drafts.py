"""What the rulesets of these layers are made of: few values, so that rules overlap and frames meet them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.proof.layers.frames import BOX, GROUPS, SENDERS, STATION
from tests.proof.rulesets.words import Json, match

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
class Draft:
    """What is known of the ruleset and the rule being made. Everything is drawn by chance."""

    random: Random
    about: str = FRAMES
    objects: list[Json] = field(default_factory=list)
    family: str = "bridge"
    hooks: frozenset[str] = frozenset()  # of the table being made
    l3: str = ""  # of the rule being made: ip, ip6, arp or empty for any
    l4: str = ""
    tagged: bool = False
    named: bool = False  # names its protocol itself, which nft 1.0.6 leaves out of its listing before a header of it
    ordered: bool = False  # has a test by < or >: nft 1.0.6 lists two of them in one rule as one, wrongly

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def _op(self) -> str:
        return self.pick("==", "==", "==", "!=")

    def _less(self, left: Json, value: Any, right: Any) -> Json:
        """A test by order, one in a rule; else a plain one."""
        if self.ordered:
            return match(left, right, self._op())
        self.ordered = True
        return match(left, value, self.pick("<", ">", "<=", ">="))
