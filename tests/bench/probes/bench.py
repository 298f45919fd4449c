"""Benchmark of the packet matrix: probes, seconds and processor seconds, on miniature districts (needs root).

    .venv/bin/python tests/bench/probes/bench.py [RUNS]

`closed` is the worked example as declared, where nearly every probe waits in vain; `open` has no rules at its gateway,
so that most are answered. `docker exec` is one probe by the way that the matrix does not go, for comparison, where
the machine has a container to ask (name it in LANTU_BENCH_CONTAINER). Asserts nothing. Wall time includes whatever
else the machine does; processor time is this process's and its workers' own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts"), str(ROOT / "tests/flows")]

from miniature import DAY, Miniature, example, small  # noqa: E402

from policies.verification.matrix import Matrix, run  # noqa: E402

HEADING = "district           probes controls answered  wall s   own s  workers probes/cpu s"


@dataclass(frozen=True, slots=True)
class Cost:
    wall: float
    own: float
    workers: float
    matrix: Matrix


def measured(district: Miniature) -> Cost:
    before, began = used(), time.monotonic()
    matrix = run(district.blueprint, district.handles(), lambda _: None, day=DAY)
    wall, after = time.monotonic() - began, used()
    return Cost(wall, after[0] - before[0], after[1] - before[1], matrix)


def used() -> tuple[float, float]:
    """Processor seconds of this process, and of its workers that have ended."""
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, workers.ru_utime + workers.ru_stime


@contextmanager
def opened(district: Miniature) -> Iterator[None]:
    """Without rules at the gateway."""
    district.run("gw1", "nft", "delete", "table", "inet", "lantu")
    try:
        yield
    finally:
        district.close_gateway()


def row(name: str, cost: Cost) -> str:
    matrix, cpu = cost.matrix, cost.own + cost.workers
    answered = len(matrix.opened) + len(matrix.surprises)
    return (
        f"{name:16} {len(matrix.outcomes):8,} {matrix.controls:8} {answered:8,} {cost.wall:7.1f} {cost.own:7.1f} "
        f"{cost.workers:8.1f} {len(matrix.outcomes) / cpu:12,.0f}"
    )


def by_exec(container: str, times: int = 5) -> float:
    """Seconds of one probe by `docker exec`."""
    began = time.monotonic()
    for _ in range(times):
        subprocess.run(["docker", "exec", container, "true"], check=True, capture_output=True)
    return (time.monotonic() - began) / times


def main(runs: int) -> None:
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {runs} runs each")
    print(HEADING)
    for name, blueprint in (("small", small()), ("worked example", example())):
        with Miniature(blueprint) as district:
            for _ in range(runs):
                print(row(f"{name}", measured(district)), flush=True)
            with opened(district):
                print(row(f"{name}, open", measured(district)), flush=True)
    if container := os.environ.get("LANTU_BENCH_CONTAINER"):
        print(f"docker exec: {by_exec(container) * 1000:.0f} ms a probe")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
