"""Fits the weights on the labelled decisions and writes data/weights.json. Run it after new decisions or changes of
the thesaurus:

    python -m policies.duplicates.fit

The model is standard record linkage: every field adds bits (log2 of the likelihood ratio of its agreement), and
more agreement never adds fewer. It is fitted as a logistic regression on ramps between fixed levels, with
non-negative increments. Names are fitted first, also with randomly masked concepts, so that the weights hold for
words that are not in the thesaurus. The other fields are fitted on top, with randomly omitted fields, because lists
leave fields empty.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from policies.duplicates.compare import FIELDS, EntryProfile, compare, done_agrees, profile, what_agrees
from policies.duplicates.entry import Remark, entry_from
from policies.duplicates.meaning import Meaning, Term, meaning
from policies.duplicates.relation import CONTRAST
from policies.duplicates.thesaurus import DATA
from policies.duplicates.thesaurus import load as load_thesaurus

DECISIONS = DATA / "decisions"
KNOTS: dict[str, tuple[float, ...]] = {
    "name_what": (0, 0.15, 0.3, 0.45, 0.6, 0.8, 1),
    "name_done": (0, 0.15, 0.3, 0.45, 0.6, 0.8, 1),
    "capability": (0, 0.6, 1),
    "functions": (0, 0.15, 0.3, 0.5, 0.7, 1),
    "produces": (0, 0.3, 0.6, 1),
    "users": (0, 0.5, 1),
}
BY_HAND = {
    "object": {"knots": [0, 0.3, 0.6, 1], "bits": [-0.5, 0, 0.5, 1.5], "missing": 0.0},
    "consumes": {"knots": [0, 0.5, 1], "bits": [-0.2, 0, 0.4], "missing": 0.0},
    "contrast": {"knots": [0, 1], "bits": [-CONTRAST, 0], "missing": 0.0},
}
"""Not fitted: the decisions rarely state objects, and most systems consume the same few base registers."""
AGREES = {"name_what": 0.6, "capability": 1.0, "functions": 0.5, "produces": 0.75}
LINES = {"low": 1.0, "high": 3.8}
PRIOR = 0.6
"""Added to the fitted start: the share of duplicates among candidates of real lists is higher than in the decisions.
Chosen on the tuning lists, where it shows 3 more of 52 duplicates and 3 more of 154 other pairs."""
MASKED = ((0.0, 0), (0.0, 0), (0.2, 1), (0.2, 2), (0.3, 3))
NEAR_MISSES = ("near.tsv", "fine.tsv", "actions.tsv", "real.tsv")
NEAR_MISS_WEIGHT = 12
Row = np.ndarray


def ramps(agreement: float | None, knots: Sequence[float]) -> list[float]:
    """One number per interval between knots, 0 to 1: the part of it below the agreement; zeros if it is missing."""
    if agreement is None:
        return [0.0] * (len(knots) - 1)
    return [min(1.0, max(0.0, (agreement - low) / (high - low))) for low, high in pairwise(knots)]


def fit(rows: Row, same: Row, weight: Row, free: Row, offset: Row, steps: int = 4000) -> Row:
    """Logistic regression by projected gradient; all coefficients except the `free` ones are non-negative."""
    b = np.zeros(rows.shape[1])
    for _ in range(steps):
        likely = 1 / (1 + np.exp(-(rows @ b + offset)))
        b -= 0.5 * (rows.T @ (weight * (likely - same)) / weight.sum() + 0.01 * b * ~free)
        b = np.where(free, b, np.maximum(b, 0))
    return b


# ---- names ---------------------------------------------------------------------------------------------------------
def families(path: Path) -> dict[str, list[list[str]]]:
    """Names by family and cluster: `## family`, `= function`, then one name per line."""
    clusters_by_family: dict[str, list[list[str]]] = {}
    family: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            family = clusters_by_family.setdefault(line[3:], [])
        elif line.startswith("= "):
            family.append([])
        elif line and not line.startswith("#"):
            family[-1].append(line)
    return clusters_by_family


def name_pairs(path: Path) -> Iterator[tuple[str, str, int]]:
    """All pairs of names within a family: 1 within a cluster, 0 between clusters."""
    for clusters in families(path).values():
        for i, cluster in enumerate(clusters):
            yield from ((a, b, 1) for a, b in combinations(cluster, 2))
            yield from ((a, b, 0) for other in clusters[i + 1 :] for a in cluster for b in other)


def near_pairs(path: Path) -> Iterator[tuple[str, str, int]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["a"], row["b"], int(row["label"])


def masked(m: Meaning, hidden: set[str]) -> Meaning:
    """The meaning without the hidden concepts: objects become unknown words, actions are dropped."""
    objects = tuple(t if not hidden.issuperset(t.ids) or not t.ids else Term((), 0.7, t.phrase) for t in m.objects)
    actions = tuple(t for t in m.actions if not hidden.issuperset(t.ids))
    return Meaning(m.text, m.language, objects, actions, m.forms, m.outright)


def name_row(a: str, b: str, hidden: set[str]) -> list[float]:
    x, y = masked(meaning(a), hidden), masked(meaning(b), hidden)
    did = done_agrees(x, y)
    what = what_agrees(x, y)
    return [
        1.0,
        *ramps(what, KNOTS["name_what"]),
        float(what is None),
        *ramps(did, KNOTS["name_done"]),
        float(did is None),
    ]


def fit_names() -> tuple[float, dict[str, dict[str, object]]]:
    rows, same, weight = [], [], []
    ids = sorted(load_thesaurus().concepts)
    for share, seed in MASKED:
        hidden = {i for i in ids if random.Random(f"{seed}{i}").random() < share}  # noqa: S311  # repeatable
        near = [pair for name in NEAR_MISSES for pair in near_pairs(DECISIONS / name)]
        for pairs, times in ((list(name_pairs(DECISIONS / "names.txt")), 1), (near, NEAR_MISS_WEIGHT)):
            twins = sum(label for _, _, label in pairs)
            for a, b, label in pairs:
                rows.append(name_row(a, b, hidden))
                same.append(label)
                weight.append(times * (0.6 * (len(pairs) - twins) / twins if label else 1.0))
    free = np.zeros(len(rows[0]), bool)
    free[0] = True
    b = fit(np.array(rows), np.array(same), np.array(weight), free, np.zeros(len(rows))) / np.log(2)
    curves: dict[str, dict[str, object]] = {}
    at = 1
    for name in ("name_what", "name_done"):
        stretch = b[at : at + len(KNOTS[name]) - 1]
        curves[name] = {
            "knots": list(KNOTS[name]),
            "bits": _rounded([0.0, *np.cumsum(stretch)]),
            "missing": round(float(b[at + len(stretch)]), 2),
        }
        at += len(stretch) + 1
    return round(float(b[0]) + PRIOR, 2), curves


# ---- the other fields ----------------------------------------------------------------------------------------------
OTHERS = ("capability", "functions", "produces", "users")


def labelled(register: Path, labels: Path) -> Iterator[tuple[EntryProfile, EntryProfile, int]]:
    remarks: list[Remark] = []
    with register.open(encoding="utf-8", newline="") as lines:
        profiles = {
            e.id: profile(e)
            for i, raw in enumerate(csv.DictReader(lines))
            if (e := entry_from(raw, f"{register.name}:{i + 2}", remarks))
        }
    with labels.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield profiles[row["a"]], profiles[row["b"]], int(row["same"])


def fit_others(start: float, curves: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    from policies.duplicates.weights import Curve

    name_curves = {name: Curve(tuple(c["knots"]), tuple(c["bits"]), c["missing"]) for name, c in curves.items()}  # type: ignore[arg-type]  # as written above
    rows, same, weight, offset = [], [], [], []
    chance = random.Random(7)  # noqa: S311  # fields to omit, reproducible
    pairs = list(labelled(DECISIONS / "register.csv", DECISIONS / "labels.csv"))
    twins = sum(label for _, _, label in pairs)
    for a, b, label in pairs:
        agreed = compare(a, b)
        base = (start - PRIOR + sum(curve.at(agreed[name]) for name, curve in name_curves.items())) * np.log(2)
        for keep in (1.0, 0.6, 0.4):
            left = {name: value if chance.random() <= keep else None for name, value in agreed.items()}
            rows.append(
                [x for name in OTHERS for x in (float(left[name] is not None), *ramps(left[name], KNOTS[name]))]
            )
            same.append(label)
            offset.append(base)
            weight.append(0.5 * (len(pairs) - twins) / twins if label else 1.0)
    free = np.array([first for name in OTHERS for first in (True, *[False] * (len(KNOTS[name]) - 1))])
    b = fit(np.array(rows), np.array(same), np.array(weight), free, np.array(offset)) / np.log(2)
    fitted: dict[str, dict[str, object]] = {}
    at = 0
    for name in OTHERS:
        stretch = b[at : at + len(KNOTS[name])]
        fitted[name] = {"knots": list(KNOTS[name]), "bits": _rounded(np.cumsum(stretch)), "missing": 0.0}
        at += len(stretch)
    return fitted


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(v), 2) for v in values]


def main() -> None:
    start, names = fit_names()
    fields = names | fit_others(start, names) | BY_HAND
    weights = {
        "version": "2020.1",
        "fitted_on": [
            "decisions/names.txt",
            *(f"decisions/{name}" for name in NEAR_MISSES),
            "decisions/register.csv",
            "decisions/labels.csv",
        ],
        "start": start,
        **LINES,
        "agrees": AGREES,
        "fields": {name: fields[name] for name in FIELDS},
    }
    (DATA / "weights.json").write_text(json.dumps(weights, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
