"""The progress of a build, computed from the Go command's log."""

from __future__ import annotations

import time
from pathlib import Path

from pulumi_toolchain.texts import elapsed, word

LINKING = 1.5e6  # bytes of source that take as long to compile as a program takes to be linked, measured
ENOUGH = 0.05  # share of the work; before that, an estimate is not reliable


class BuildProgress:
    """Computes one line of progress. A package counts by the size of its sources, since half of them are tiny."""

    LISTED = '{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles "\t"}}'
    """The format of `go list` that `compiling` reads."""

    def __init__(self, label: str, log: Path) -> None:
        self.label, self.log = label, log
        self.started = self.since = time.monotonic()
        self.weights: dict[str, int] = {}
        self.total, self.before = 1.0, 0

    def compiling(self, listed: str, programs: int) -> None:
        """Start to count packages: those in `listed`, and the linking of the programs."""
        self.weights = dict(weighed(line) for line in listed.splitlines())
        self.total = sum(self.weights.values()) + programs * LINKING
        self.since, self.before = time.monotonic(), self.weight(self.lines())

    def line(self) -> str:
        seconds, lines = time.monotonic() - self.started, self.lines()
        if not self.weights:
            modules = sum(line.startswith("go: downloading") for line in lines)
            return word("fetching", part=self.label, modules=modules, elapsed=elapsed(seconds))
        return word(
            "compiling",
            part=self.label,
            done=len(lines & self.weights.keys()),
            total=len(self.weights),
            left=self.left(self.weight(lines)),
            elapsed=elapsed(seconds),
        )

    def left(self, done: int) -> str:
        """The estimated remaining time, from the speed since modules were fetched."""
        new = done - self.before
        if new < ENOUGH * self.total:
            return ""
        return word("left", left=elapsed((time.monotonic() - self.since) * (self.total - done) / new))

    def weight(self, lines: set[str]) -> int:
        return sum(self.weights[name] for name in lines & self.weights.keys())

    def lines(self) -> set[str]:
        return set(self.log.read_text(errors="replace").splitlines())


def weighed(line: str) -> tuple[str, int]:
    """A package and the bytes of its sources; 1 if the sources are not found."""
    name, *rest = line.split("\t")
    folder, files = Path(*rest[:1]), rest[1:]
    try:
        return name, 1 + sum((folder / file).stat().st_size for file in files if file)
    except OSError:
        return name, 1
