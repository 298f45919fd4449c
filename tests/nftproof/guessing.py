"""What the ruleset and the packet do not settle (a rate, a random number, who filled a set): every answer is tried.

A run is given what is known; where it asks for anything else it stops, and is begun again with each of the values that
make a difference. So a model's answer is the set of all that it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from policies.nftproof.fields import ABSENT

MOST = 300
"""Runs after which a packet is given up; it is then compared with nothing, and counted."""
Result = TypeVar("Result")
EARLY = " before tracking"


class UnknownFieldError(Exception):
    """A field that somebody asked for and nobody knows. `values`: those that make a difference, where that is known."""

    def __init__(self, name: str, values: tuple[int, ...] = ()) -> None:
        super().__init__(name)
        self.name, self.values = name, values


class TooManyError(Exception):
    """More than MOST runs."""


class Guess(dict[str, int]):
    """A packet of which not everything is known. `open`: the fields whose values make a difference to somebody."""

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
    """What the run returns for every choice of the values that it asks for."""
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
