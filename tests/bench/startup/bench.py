"""CPU and memory of whole `lantu` processes: python tests/bench/startup/bench.py [OTHER_CHECKOUT [PAIRS]]

With another checkout that has its .venv, both are run in turn, and the ratio of the medians is printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (("--help",), ("check", "--help"), ("up", "--help"), ("check", "--lang", "en"))
PAIRS = 7


class StartupRun(NamedTuple):
    seconds: float
    """User and system CPU of the process and its children."""
    megabytes: float
    """Peak resident memory."""


def measure(checkout: Path, arguments: tuple[str, ...]) -> StartupRun:
    with subprocess.Popen(
        [checkout / ".venv/bin/lantu", *arguments], cwd=checkout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"lantu {' '.join(arguments)} in {checkout} ended with status {process.returncode}")
    return StartupRun(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main(base: Path | None, pairs: int) -> None:
    checkouts = [ROOT] if base is None else [base, ROOT]
    print(f"{'lantu':20}" + "".join(f"{name:>10} s{name:>8} MB" for name in ("base", "here")[-len(checkouts) :]))
    for arguments in COMMANDS:
        for checkout in checkouts:  # first runs write bytecode and caches
            measure(checkout, arguments)
        runs: list[list[StartupRun]] = [[] for _ in checkouts]
        for _ in range(pairs):
            for results, checkout in zip(runs, checkouts, strict=True):
                results.append(measure(checkout, arguments))
        medians = [StartupRun(*(median(values) for values in zip(*results, strict=True))) for results in runs]
        line = f"{' '.join(arguments):20}" + "".join(f"{run.seconds:12.3f}{run.megabytes:11.1f}" for run in medians)
        if base is not None:
            line += f"   {medians[1].seconds / medians[0].seconds:.2f} x CPU  "
            line += f"{medians[1].megabytes / medians[0].megabytes:.2f} x memory"
        print(line, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None, int(sys.argv[2]) if len(sys.argv) > 2 else PAIRS)
