"""Figures on names from real public lists (tests/duplicates/real), by side of the split.

    PYTHONPATH=.:scripts python tests/bench/duplicates/real.py [--worst SIDE]

Prints the area under the ROC curve of bits and the share of pairs that are shown, with bootstrap intervals of 95 %.
--worst lists the worst pairs of a side; use it for the tuning side only, never for the held-out one. Asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from policies.duplicates.compare import EntryProfile, profile  # noqa: E402
from policies.duplicates.entry import Entry  # noqa: E402
from policies.duplicates.normalise import han_share  # noqa: E402
from policies.duplicates.verdict import BLOCK, REVIEW, PairVerdict, evaluate_pair  # noqa: E402
from tests.bench.duplicates.figures import area  # noqa: E402

REAL = ROOT / "tests" / "duplicates" / "real"
SIDES = ("tuning", "held_out", "romance")


def entries() -> dict[str, Entry]:
    """The names as entries without jurisdiction, because lists of different countries would all be elsewhere."""
    by_id = {}
    with (REAL / "names.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            key = "name_zh" if han_share(row["name"]) > 0.3 else "name_en"
            by_id[row["id"]] = Entry(id=row["id"], **{key: row["name"]})
    return by_id


def pairs(side: str) -> Iterator[tuple[str, str, int]]:
    with (REAL / "pairs.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["side"] == side:
                yield row["a"], row["b"], int(row["same"])


def verdicts(side: str) -> list[tuple[PairVerdict, int]]:
    profiles: dict[str, EntryProfile] = {id_: profile(entry) for id_, entry in entries().items()}
    return [(evaluate_pair(profiles[a], profiles[b]), same) for a, b, same in pairs(side)]


def shown(j: PairVerdict) -> bool:
    """Whether the report prints the pair: a review, a block, or another line above the review line."""
    return j.verdict in (BLOCK, REVIEW) or (j.bits >= 1.0 and j.relation in ("elsewhere", "same system", "reuse"))


def figures(of: Sequence[tuple[PairVerdict, int]]) -> tuple[float, float, float]:
    same, other = [j for j, s in of if s], [j for j, s in of if not s]
    return area([j.bits for j, _ in of], [s for _, s in of]), _share(same), _share(other)


def _share(of: Sequence[PairVerdict]) -> float:
    return sum(map(shown, of)) / len(of) if of else float("nan")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--worst", choices=SIDES)
    arguments = options.parse_args()
    print(
        "| side | pairs | the same | ROC area | 95 % | duplicates shown | others shown |\n|---|---|---|---|---|---|---|"
    )
    for side in SIDES:
        of = verdicts(side)
        roc, recalled, false = figures(of)
        low, high = _interval(of)
        print(
            f"| {side} | {len(of)} | {sum(s for _, s in of)} | {roc:.3f} | {low:.2f} to {high:.2f} "
            f"| {recalled:.0%} | {false:.0%} |"
        )
        if side == arguments.worst:
            for j, s in sorted(of, key=lambda js: js[0].bits * (1 if js[1] else -1))[:45]:
                print(
                    f"  {'same' if s else 'other':6}{j.bits:+6.2f} {j.relation:10} {j.a.entry.name} | {j.b.entry.name}"
                )


def _interval(of: Sequence[tuple[PairVerdict, int]]) -> tuple[float, float]:
    """95 % interval of the ROC area, by 300 bootstrap samples."""
    chance = random.Random(5)  # noqa: S311  # repeatable
    areas = sorted(
        area([j.bits for j, _ in drawn], [s for _, s in drawn])
        for drawn in ([chance.choice(of) for _ in of] for _ in range(300))
    )
    return areas[7], areas[-8]


if __name__ == "__main__":
    main()
