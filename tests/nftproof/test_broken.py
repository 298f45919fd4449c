"""Listings that were cut, edited or invented: a report or an error with its reason, never an internal exception."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from policies.nftproof.lint.analyse import analyse
from policies.nftproof.lint.crosscheck import crosscheck
from policies.nftproof.lint.report import as_json, as_text
from policies.nftproof.listing import UnreadableError, read
from tests.nftproof.rulesets import numbered, ruleset

FOLDER = Path(__file__).parent / "listings"
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 70, 1.5, "", "x", "@x", "*", "é", [], {}, [[]], {"x": 1}, {"set": []}, {"range": [5]},
    {"concat": []}, {"prefix": {"addr": "::", "len": 400}},
)  # fmt: skip
Path_ = tuple[str | int, ...]


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def broken(document: Any, random: Random) -> Any:
    """The document with one or two of its parts removed, renamed or replaced."""
    document = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 2))):
        *way, last = random.choice([path for path in places(document) if len(path) > 1])
        inside = document
        for key in way:
            inside = inside[key]
        if isinstance(inside, dict) and random.random() < 0.3:
            kept = inside.pop(last)
            inside |= {"other": kept} if random.random() < 0.2 else {}
        else:
            inside[last] = random.choice(JUNK)
    return document


def test_a_broken_listing_is_answered_or_refused() -> None:
    documents = [json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in ("docker", "firewalld")]
    documents += [numbered(ruleset(seed)) for seed in range(20)]
    ends = Counter[str]()
    for seed in range(150):
        random = Random(seed)  # noqa: S311 - not for secrets
        text = json.dumps(broken(random.choice(documents), random))
        try:
            answer = analyse(read(text))
        except UnreadableError:
            ends["refused"] += 1
            continue
        assert json.dumps(as_json(answer)) and as_text(answer, "zh") and as_text(answer, "en"), seed
        assert seed % 3 or crosscheck(answer, 5).differences == [], seed
        ends["not understood" if answer.unknown else "understood"] += 1
    assert min(ends[end] for end in ("refused", "not understood", "understood")) > 15
