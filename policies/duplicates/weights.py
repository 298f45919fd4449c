"""Weights: the bits that each level of agreement in each field adds. Data, fitted on labelled decisions (fit.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.duplicates.thesaurus import DATA


@dataclass(frozen=True, slots=True)
class Curve:
    """Bits by agreement: `bits[i]` at `knots[i]`, linear between, never decreasing; `missing` if one side is empty."""

    knots: tuple[float, ...]
    bits: tuple[float, ...]
    missing: float

    def at(self, agreement: float | None) -> float:
        if agreement is None:
            return self.missing
        low = 0
        while low < len(self.knots) - 2 and agreement > self.knots[low + 1]:
            low += 1
        share = (agreement - self.knots[low]) / (self.knots[low + 1] - self.knots[low])
        return self.bits[low] + min(1.0, max(0.0, share)) * (self.bits[low + 1] - self.bits[low])


@dataclass(frozen=True, slots=True)
class Weights:
    version: str
    start: float
    low: float
    high: float
    fields: dict[str, Curve]
    agrees: dict[str, float]
    """Agreement from which a field counts as agreeing; only these fields can support a block."""

    def most(self, *names: str) -> float:
        """Maximum of bits that these fields can add."""
        return sum(max(self.fields[name].bits[-1], self.fields[name].missing) for name in names)


@lru_cache(maxsize=2)
def load(path: Path = DATA / "weights.json") -> Weights:
    raw = json.loads(path.read_text(encoding="utf-8"))
    curves = {name: Curve(tuple(c["knots"]), tuple(c["bits"]), c["missing"]) for name, c in raw["fields"].items()}
    return Weights(raw["version"], raw["start"], raw["low"], raw["high"], curves, raw["agrees"])
