"""What ruleset and packet do not determine (a rate, a random number, a set's content): every value is tried.

A run gets the known values; if it needs another value it stops, and starts again with each value that makes a
difference. So a model's result is the set of all verdicts that it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from policies.nftproof.fields import ABSENT

MOST = 300
"""Runs after which a packet is given up: it is not compared, but counted."""
Result = TypeVar("Result")
EARLY = " before tracking"


class UnknownFieldError(Exception):
    """A field that is tested and unknown. `values`: those that make a difference, if that is known."""

    def __init__(self, name: str, values: tuple[int, ...] = ()) -> None:
        super().__init__(name)
        self.name, self.values = name, values


class TooManyError(Exception):
    """More than MOST runs."""


class Guess(dict[str, int]):
    """A packet of which not everything is known. `open`: the fields whose values make a difference."""

    def __init__(self, values: Mapping[str, int], open: Mapping[str, object] | None = None) -> None:
        super().__init__(values)
        self.open = open or {}

    def get(self, name: str, lowest: int = 0) -> int:  # type: ignore[override]
        if name in self:
            return self[name]
        if name.endswith(EARLY):
            return ABSENT
        if name in self.open:
            raise UnknownFieldError(name)
        return lowest


def every(run: Callable[[Mapping[str, int]], Result], samples: Mapping[str, list[int]]) -> list[Result]:
    """The run's results for every choice of the values that it needs."""
    waiting: list[dict[str, int]] = [{}]
    found: list[Result] = []
    for _ in range(MOST):
        if not waiting:
            return found
        chosen = waiting.pop()
        try:
            found.append(run(chosen))
        except UnknownFieldError as asked:
            waiting += [{**chosen, asked.name: value} for value in asked.values or samples[asked.name]]
    raise TooManyError
