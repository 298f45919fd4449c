"""The check as one rule of the gate: which systems of an estate may not be built, because another does the same.

Takes the register as it comes (models, nodes or mappings with the register's field names) and imports nothing
of the gate.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policies.duplicates.entry import Entry
    from policies.duplicates.verdict import PairVerdict

LIBRARY = Path(__file__).resolve().parents[1] / "duplicates"

ADVANCE = {"running": 0, "building": 1, "planned": 2}
"""Which of two systems was there first: the one that is further on, then the one listed first."""


def blocks_unless_cached(systems: Iterable[Any]) -> dict[str, tuple[PairVerdict, ...]]:
    """The same as `blocks`. That nothing is blocked is cached under the hash of the systems, the code and its data,
    because the lexicons take a third of the memory and a quarter of the time of `lantu check`."""
    listed = tuple(systems)
    mark = _cache() / sha256(f"{_code()} {listed!r}".encode()).hexdigest()
    if mark.exists():
        return {}
    blocked = blocks(listed)
    if not blocked:
        with suppress(OSError):  # without a cache the next run compares again
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
    return blocked


def _cache() -> Path:
    """LANTU_CACHE, else the user's own cache: a check needs no root."""
    own = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LANTU_CACHE") or Path(own) / "lantu") / "registers"


@cache
def _code() -> str:
    files = [Path(__file__), *sorted(file for file in LIBRARY.rglob("*") if file.is_file() and file.suffix != ".pyc")]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def blocks(systems: Iterable[Any]) -> dict[str, tuple[PairVerdict, ...]]:
    """Id of a system that is blocked -> the judgements that block it; `a` of each is that system, `b` the one
    that was there first.

    Nothing lifts a block but a signed decision that names the pair; that is for the gate to apply. A system
    that cannot be
    read (no id, no name) raises ValueError, so that the gate denies rather than passes.
    """
    from policies.duplicates.check import Finder  # reads its lexicons
    from policies.duplicates.compare import profile
    from policies.duplicates.verdict import BLOCK, judge

    finder = Finder([profile(entry) for entry in map(entry_of, systems) if entry.state != "retired"])
    order = {p.entry.id: (ADVANCE.get(p.entry.state, 2), i) for i, p in enumerate(finder.profiles)}
    found: dict[str, dict[str, PairVerdict]] = {}
    for number, one in enumerate(finder.profiles):
        for j in finder.judged(one, number)[0]:
            if j.verdict == BLOCK:
                later, first = sorted((j.a, j.b), key=lambda p: order[p.entry.id], reverse=True)
                found.setdefault(later.entry.id, {}).setdefault(
                    first.entry.id, j if j.a is later else judge(later, first)
                )
    return {id_: tuple(judgements.values()) for id_, judgements in found.items()}


def entry_of(system: Any) -> Entry:
    """The entry of a model, node or mapping that has the register's fields."""
    from policies.duplicates.entry import KNOWN, entry_from

    raw = (
        system
        if isinstance(system, Mapping)
        else {name: getattr(system, name) for name in KNOWN if hasattr(system, name)}
    )
    entry = entry_from(
        {key: getattr(value, "value", value) for key, value in raw.items() if key in KNOWN},
        str(getattr(system, "at", "")),
        [],
    )
    if entry is None:
        raise ValueError(f"a system without an id or a name cannot be compared: {raw.get('id') or system}")
    return entry
