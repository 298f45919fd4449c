"""What building Pulumi from empty caches costs here and in another checkout: build_time.py OTHER [PAIRS]

Alternating runs; CPU seconds (user and system) of the whole process tree, and wall time. Each run has Go caches and an
engine cache of its own in a temporary folder, so nothing of the user's is used or removed. No pulumi may be on PATH.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[2]


def measured(checkout: Path) -> tuple[float, float]:
    """CPU and wall seconds of one build with the code of `checkout`, under this Python."""
    with tempfile.TemporaryDirectory(prefix="lantu-build-") as folder:
        environment = os.environ | {
            "GOCACHE": f"{folder}/compiled",
            "GOMODCACHE": f"{folder}/modules",
            "GOFLAGS": "-modcacherw",
            "PYTHONPATH": str(checkout / "scripts"),
            "LANTU_LANG": "en",
        }
        before, began = used(), time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "engine", "--cache", f"{folder}/cache"],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return used() - before, time.monotonic() - began


def used() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def main() -> None:
    other, pairs = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    ratios = []
    print("pair | other CPU s | other wall s | this CPU s | this wall s | CPU ratio | load")
    for pair in range(1, pairs + 1):
        (other_cpu, other_wall), (cpu, wall) = measured(other), measured(HERE)
        ratios.append(cpu / other_cpu)
        print(
            f"{pair} | {other_cpu:.0f} | {other_wall:.0f} | {cpu:.0f} | {wall:.0f} | {ratios[-1]:.2f} | "
            f"{os.getloadavg()[1]:.1f}",
            flush=True,
        )
    print(f"median CPU ratio {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
