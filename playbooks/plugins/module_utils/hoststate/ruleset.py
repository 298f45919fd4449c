"""The loaded nftables table against its file. Both are read from a kernel, so notation makes no difference."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .changes import Run, command, must
from .guard import Guard

VOLATILE = {"handle", "packets", "bytes", "index"}


def ruleset(run: Run, state: Mapping[str, Any] | None, guard: Guard) -> None:
    """Loads the file if the loaded table differs from what the file creates in an empty network namespace."""
    if state is None:
        return
    table, text = state["table"], run.content(state["file"]).decode()
    if run.check and not Path("/usr/sbin/nft").exists():
        run.change(f"ruleset {table}", lambda: None, after=text)
        return
    rendered, loaded = _rendered(table, text), _loaded(table)  # an invalid text fails here, before any change
    if loaded == rendered:
        return
    before = "" if loaded is None else command(["nft", "list", "table", *table.split()]).stdout
    guard.ruleset(table, before)
    run.change(f"ruleset {table}", lambda: _load(text), before, text)


def _load(text: str) -> None:
    must(["nft", "-f", "-"], "ruleset", "correct the blueprint's flows", stdin=text)


def _loaded(table: str) -> list[Any] | None:
    """The loaded table, or None."""
    if not _exists(table):
        return None
    return plain(must(["nft", "-j", "list", "table", *table.split()], f"table {table}", "check the host"))


def _exists(table: str) -> bool:
    tables = json.loads(must(["nft", "-j", "list", "tables"], "nft", "install nftables"))["nftables"]
    return any(f"{item['table']['family']} {item['table']['name']}" == table for item in tables if "table" in item)


def _rendered(table: str, text: str) -> list[Any]:
    """The table that the text creates in a temporary network namespace."""
    with tempfile.NamedTemporaryFile("w", prefix="lantu-", suffix=".nft") as file:
        file.write(text)
        file.flush()
        script = f"nft -f {file.name} && nft -j list table {table}"
        trial = ["unshare", "--net", "sh", "-c", script]
        return plain(must(trial, "trial of the ruleset", "correct the blueprint's flows"))


def plain(listing: str) -> list[Any]:
    """nft's JSON without counters and handles."""
    return [_plain(load) for load in json.loads(listing)["nftables"] if "metainfo" not in load]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if key not in VOLATILE}
    return [_plain(child) for child in value] if isinstance(value, list) else value
