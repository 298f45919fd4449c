"""What `lantu up` prints while it works, read back: the steps and their seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

STEP = re.compile(r"\[ *(?P<number>\d+)/(?P<total>\d+)] \d+:\d\d (?P<name>.+)")
TOOK = re.compile(r" +took (?P<seconds>[\d.]+) s")


@dataclass(frozen=True, slots=True)
class Step:
    """`seconds` is 0 where the step took less than one."""

    number: int
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is how many steps a whole run has."""

    total: int
    steps: tuple[Step, ...]

    @property
    def complete(self) -> bool:
        """Whether the last step was begun; only the exit status says that it also succeeded."""
        return self.total > 0 and len(self.steps) == self.total

    def seconds(self, first: int, last: int) -> float:
        """Of the steps FIRST to LAST, both counted from 1."""
        return sum(step.seconds for step in self.steps if first <= step.number <= last)


def read(text: str) -> Progress:
    """ValueError where a time stands without a step."""
    total, steps = 0, list[Step]()
    for line in text.splitlines():
        if found := STEP.match(line):
            total = int(found["total"])
            steps.append(Step(int(found["number"]), found["name"], 0))
        elif found := TOOK.match(line):
            if not steps:
                raise ValueError(f"a time without a step: {line}")
            steps[-1] = Step(steps[-1].number, steps[-1].name, float(found["seconds"]))
    return Progress(total, tuple(steps))
