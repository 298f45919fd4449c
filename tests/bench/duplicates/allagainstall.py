"""All against all of one register: this check and splink 5 on the same rows in the same run.

    python tests/bench/duplicates/allagainstall.py [--rows N] [--register FILE] [--pairs N] [--no-peer]

Times are CPU time of the whole process tree of each run: reading, preparing, comparing and printing; for splink
reading, training and predicting. The two alternate; median and range are printed. --register reads rows from a
file; the default is a synthetic register (synthetic.py), with seven in ten names without functions. Asserts
nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from policies.duplicates import reading  # noqa: E402
from tests.bench.duplicates.bench import peer_python  # noqa: E402
from tests.bench.duplicates.synthetic import RegisterMaker  # noqa: E402

SPLINK = Path(__file__).with_name("splink_register.py")


def rows(count: int) -> list[dict[str, Any]]:
    maker, chance = RegisterMaker(5), random.Random(3)  # noqa: S311  # repeatable
    entries = []
    for number in range(count):
        plain = maker.entry(number).plain()
        for name in ("jurisdiction", "capability", "users"):
            plain.pop(name, None)
        if chance.random() < 0.7:
            plain.pop("functions", None)
            plain.pop("produces", None)
        entries.append(plain)
    return entries


def timed(command: list[str], **environment: str) -> tuple[float, str]:
    """CPU seconds of a command and its children, and its last line of output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    last = (done.stdout.strip() or done.stderr.strip() or "nothing printed").splitlines()[-1]
    return spent, f"status {done.returncode}: {last[:90]}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--register", type=Path)
    options.add_argument("--pairs", type=int, default=7, help="runs of each, one after the other")
    options.add_argument("--no-peer", action="store_true")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.register or Path(folder) / "register.json"
        if not arguments.register:
            path.write_text(json.dumps(rows(arguments.rows), ensure_ascii=False), encoding="utf-8")
        entries = reading.read(path).entries
        plain = Path(folder) / "rows.json"
        texts = [{"id": e.id, "name": e.name, "text": " ".join((e.name, *e.functions, *e.produces))} for e in entries]
        plain.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        check = [sys.executable, "-m", "lantu.main", "duplicates", "check", "--register", str(path), "--lang", "en"]
        python = f"{ROOT / 'scripts'}:{ROOT}"

        def ours(number: int) -> tuple[float, str]:
            return timed(check, PYTHONPATH=python, XDG_CACHE_HOME=f"{folder}/cache{number}")

        runs: dict[str, Callable[[int], tuple[float, str]]] = {"this check": ours}
        if not arguments.no_peer:
            peer = str(peer_python())
            runs["splink 5"] = lambda _: timed([peer, str(SPLINK), str(plain)])
        spent: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(arguments.pairs):
            for name, run in runs.items():
                seconds, summary = run(number)
                spent[name].append(seconds)
                print(f"{name}: {seconds:.1f} s  {summary}", flush=True)
    print(f"\n| {len(entries):,} rows | median s | range |\n|---|---|---|")
    for name, seconds in spent.items():
        print(f"| {name} | {statistics.median(seconds):.1f} | {min(seconds):.1f} to {max(seconds):.1f} |")


if __name__ == "__main__":
    main()
