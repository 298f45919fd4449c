"""The loaded packet filter against its file: both are read back from a kernel, so spelling makes no difference."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .changes import Run, command, must
from .guard import Guard

VOLATILE = {"handle", "packets", "bytes", "index"}


def ruleset(run: Run, wanted: Mapping[str, Any] | None, guard: Guard) -> None:
    """Loads the file where the table in the kernel is not what the file makes of an empty kernel."""
    if wanted is None:
        return
    table, text = wanted["table"], run.content(wanted["file"]).decode()
    if run.check and not Path("/usr/sbin/nft").exists():
        run.change(f"ruleset {table}", lambda: None, after=text)
        return
    rendered, loaded = _rendered(table, text), _loaded(table)  # a text that does not load is refused before all else
    if loaded == rendered:
        return
    before = "" if loaded is None else command(["nft", "list", "table", *table.split()]).stdout
    guard.ruleset(table, before)
    run.change(f"ruleset {table}", lambda: _load(text), before, text)


def _load(text: str) -> None:
    must(["nft", "-f", "-"], "ruleset", "mend the blueprint's flows", stdin=text)


def _loaded(table: str) -> list[Any] | None:
    """The table as the kernel has it; None where it has none."""
    if not _exists(table):
        return None
    return plain(must(["nft", "-j", "list", "table", *table.split()], f"table {table}", "look at the host"))


def _exists(table: str) -> bool:
    tables = json.loads(must(["nft", "-j", "list", "tables"], "nft", "install nftables"))["nftables"]
    return any(f"{item['table']['family']} {item['table']['name']}" == table for item in tables if "table" in item)


def _rendered(table: str, text: str) -> list[Any]:
    """The table as a kernel has it that knows nothing else: loaded in a network namespace of its own, gone at once."""
    with tempfile.NamedTemporaryFile("w", prefix="lantu-", suffix=".nft") as file:
        file.write(text)
        file.flush()
        script = f"nft -f {file.name} && nft -j list table {table}"
        trial = ["unshare", "--net", "sh", "-c", script]
        return plain(must(trial, "trial of the ruleset", "mend the blueprint's flows"))


def plain(listing: str) -> list[Any]:
    """nft's JSON without what counts or numbers."""
    return [_plain(load) for load in json.loads(listing)["nftables"] if "metainfo" not in load]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if key not in VOLATILE}
    return [_plain(child) for child in value] if isinstance(value, list) else value
