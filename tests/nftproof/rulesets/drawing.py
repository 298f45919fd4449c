"""The common part of the generators: they draw at random and add objects of one table after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.nftproof.rulesets.words import Json


@dataclass(slots=True)
class Drawing:
    """What is known of the ruleset and the rule being made."""

    random: Random
    objects: list[Json] = field(default_factory=list, kw_only=True)
    family: str = field(default="inet", kw_only=True)  # of the table being made
    l3: str = field(default="", kw_only=True)  # of the rule being made: a network protocol, or empty for any
    l4: str = field(default="", kw_only=True)
    ordered: bool = field(default=False, kw_only=True)
    """The rule has a test by < or >: nft 1.0.6 lists two of them in one rule as one, wrongly."""

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def _op(self) -> str:
        return self.pick("==", "==", "==", "!=")

    def _put(self, kind: str, **body: Any) -> None:
        self.objects.append({kind: {"family": self.family, **body}})
