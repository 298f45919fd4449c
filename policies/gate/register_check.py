"""The register check for the gate: systems that are blocked because an earlier one is a duplicate.

Takes models, objects of a snapshot or mappings with the register's field names; imports nothing of the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.user_cache import user_cache

if TYPE_CHECKING:
    from policies.duplicates.entry import Entry
    from policies.duplicates.verdict import PairVerdict

LIBRARY = Path(__file__).resolve().parents[1] / "duplicates"

ADVANCE = {"running": 0, "building": 1, "planned": 2}
"""Rank of a state: of two duplicates, the one with the lower rank came first, then the one listed first."""


def blocks_unless_cached(systems: Iterable[Any]) -> dict[str, tuple[PairVerdict, ...]]:
    """The same as `blocks`. That nothing is blocked is cached under the hash of the systems, the code and its data,
    because the lexicons take a third of the memory and a quarter of the time of `lantu check`."""
    listed = tuple(systems)
    mark = user_cache("registers") / sha256(f"{_code()} {listed!r}".encode()).hexdigest()
    if mark.exists():
        return {}
    blocked = blocks(listed)
    if not blocked:
        with suppress(OSError):  # without a cache the next run compares again
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
    return blocked


@cache
def _code() -> str:
    files = [Path(__file__), *sorted(file for file in LIBRARY.rglob("*") if file.is_file() and file.suffix != ".pyc")]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def blocks(systems: Iterable[Any]) -> dict[str, tuple[PairVerdict, ...]]:
    """Id of a blocked system -> the verdicts that block it; `a` of each is that system, `b` the earlier one.

    Only a signed decision that names the pair lifts a block, which the gate applies. A system without id or name raises
    ValueError, so that the gate denies.
    """
    from policies.duplicates.check import Finder  # reads its lexicons
    from policies.duplicates.compare import profile
    from policies.duplicates.verdict import BLOCK, evaluate_pair

    finder = Finder([profile(entry) for entry in map(entry_of, systems) if entry.state != "retired"])
    order = {p.entry.id: (ADVANCE.get(p.entry.state, 2), i) for i, p in enumerate(finder.profiles)}
    blocked: dict[str, dict[str, PairVerdict]] = {}
    for number, candidate in enumerate(finder.profiles):
        for j in finder.evaluate(candidate, number)[0]:
            if j.verdict == BLOCK:
                later, first = sorted((j.a, j.b), key=lambda p: order[p.entry.id], reverse=True)
                blocked.setdefault(later.entry.id, {}).setdefault(
                    first.entry.id, j if j.a is later else evaluate_pair(later, first)
                )
    return {id_: tuple(verdicts.values()) for id_, verdicts in blocked.items()}


def entry_of(system: Any) -> Entry:
    """The entry of a model, object or mapping that has the register's fields."""
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
