"""splink 5 on one register, including training; allagainstall.py runs it in the peers' environment.

Settings: names and texts are compared by the Jaccard similarity of their characters at three levels. Blocking
selects pairs that share a word, or a pair of Chinese characters, of at most one row in fifty. u by random sampling,
m and the prior by expectation maximisation over the pairs with the same rarest word.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from typing import Any

MOST_COMMON = 0.02


def tokens(name: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", name.lower())
    runs = re.findall(r"[\u3400-\u9fff]+", name)
    return [*words, *(run[i : i + 2] for run in runs for i in range(len(run) - 1))]


def main() -> None:
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  # runs without this project
        rows: list[dict[str, Any]] = json.load(file)
    cut = [sorted(set(tokens(row["name"]))) for row in rows]
    counted = Counter(word for words in cut for word in words)
    rare = [[word for word in words if counted[word] <= MOST_COMMON * len(rows)] for words in cut]
    frame = pd.DataFrame(
        [
            {
                "unique_id": row["id"],
                "name": row["name"],
                "text": row["text"],
                "words": words,
                "rarest": min(words, key=lambda word: (counted[word], word), default=None),
            }
            for row, words in zip(rows, rare, strict=True)
        ]
    )
    rule = block_on("words", arrays_to_explode=["words"])
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[rule],
        comparisons=[
            cl.JaccardAtThresholds("name", [0.8, 0.6, 0.4]),
            cl.JaccardAtThresholds("text", [0.8, 0.6, 0.4]),
        ],
    )
    database = DuckDBAPI()
    if hasattr(database, "register"):
        linker = Linker(database.register(frame), settings)
    else:
        linker = Linker(frame, settings, db_api=database)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("rarest"))
    predictions = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    print(f"{len(predictions)} pairs above one half")


if __name__ == "__main__":
    main()
