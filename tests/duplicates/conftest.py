"""Helpers that build entries and evaluate pairs of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policies.duplicates.compare import profile
from policies.duplicates.entry import Entry
from policies.duplicates.verdict import PairVerdict, evaluate_pair

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def zh(name: str, **fields: Any) -> dict[str, Any]:
    return {"name_zh": name, **fields}


def en(name: str, **fields: Any) -> dict[str, Any]:
    return {"name_en": name, **fields}


def verdict_of(a: dict[str, Any], b: dict[str, Any]) -> PairVerdict:
    return evaluate_pair(profile(Entry(id="a", **a)), profile(Entry(id="b", **b)))


@pytest.fixture(autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache for every test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
