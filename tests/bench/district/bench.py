"""The figures of a whole district: `scripts/test bench`, or this file alone. Prints, never evaluates a time.

Needs root and warm caches; builds a lab of its own beside any other, and takes it down.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LANTU = ROOT / ".venv" / "bin" / "lantu"
LAB = "bench"
CHECKS = 10


def lantu(*words: str) -> tuple[float, Any]:
    begin = time.monotonic()
    done = subprocess.run([LANTU, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"lantu {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.monotonic() - begin, json.loads(done.stdout) if "json" in words else done.stdout


def memory_mib() -> float:
    """What the lab's control groups hold, in all its places: processes and their files in memory."""
    total = 0
    for root in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")):
        for group in root.glob(f"lantu-{LAB}-*"):
            for name in ("memory.usage_in_bytes", "memory.current"):
                if (group / name).exists():
                    total += int((group / name).read_text())
        if total:
            break
    return total / 2**20


def engines_mib() -> float:
    """What dockerd and containerd of the lab hold, outside its groups."""
    total = 0
    for pid_file in Path(os.environ.get("LANTU_RUN", "/run/lantu"), LAB).rglob("*.pid"):
        status = Path("/proc") / pid_file.read_text().strip() / "status"
        if status.exists():
            rows = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            total += int(rows["VmRSS"].split()[0])
    return total / 1024


def step(document: Any, *words: str) -> float:
    return sum(item["seconds"] for item in document["steps"] if any(word in item["step"] for word in words))


def main() -> None:
    os.environ["LANTU_LANG"] = "en"
    rows: list[tuple[str, str, str]] = []
    checks = [lantu("check")[0] for _ in range(CHECKS)]
    rows.append(("lantu check on the example (median)", f"{statistics.median(checks):.2f} s", "< 1.5 s"))
    try:
        first, built = lantu("up", "--lab", LAB, "--format", "json")
        rows.append(("lantu up from caches to proven", f"{first:.0f} s", "< 300 s"))
        again, same = lantu("up", "--lab", LAB, "--format", "json")
        rows.append(("lantu up, nothing to change, proof included", f"{again:.0f} s", "< 180 s"))
        rows.append(("packet matrix", f"{step(same, 'packets'):.1f} s", "< 30 s"))
        rows.append(("testinfra over all hosts", f"{step(same, 'every host'):.1f} s", "< 20 s"))
        rows.append(("memory of the whole lab", f"{(memory_mib() + engines_mib()) / 1024:.1f} GiB", "< 8 GiB"))
        proof = built["proof"]
        rows.append(("host checks, probes", f"{proof['checks']['passed']}, {proof['matrix']['probes']}", "-"))
    finally:
        lantu("down", "--lab", LAB)
    print(f"{'what':46} {'measured':>12} {'reach':>10}")
    for what, measured, reach in rows:
        print(f"{what:46} {measured:>12} {reach:>10}")


if __name__ == "__main__":
    main()
