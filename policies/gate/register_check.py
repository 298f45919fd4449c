"""The check as one rule of the gate: which systems of an estate may not be built, because another does the same.

Takes the register as it comes (models, nodes or mappings with the register's field names) and imports nothing
of the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.duplicates.check import Finder
from policies.duplicates.compare import profile
from policies.duplicates.entry import KNOWN, Entry, entry_from
from policies.duplicates.verdict import BLOCK, PairVerdict, evaluate_pair

ADVANCE = {"running": 0, "building": 1, "planned": 2}
"""Which of two systems was there first: the one that is further on, then the one listed first."""


def blocks(systems: Iterable[Any]) -> dict[str, tuple[PairVerdict, ...]]:
    """Id of a blocked system -> the verdicts that block it; `a` of each is that system, `b` the one
    that was there first.

    Nothing lifts a block but a signed decision that names the pair; that is for the gate to apply. A system
    that cannot be
    read (no id, no name) raises ValueError, so that the gate denies rather than passes.
    """
    finder = Finder([profile(entry) for entry in map(entry_of, systems) if entry.state != "retired"])
    order = {p.entry.id: (ADVANCE.get(p.entry.state, 2), i) for i, p in enumerate(finder.profiles)}
    found: dict[str, dict[str, PairVerdict]] = {}
    for number, one in enumerate(finder.profiles):
        for j in finder.evaluate(one, number)[0]:
            if j.verdict == BLOCK:
                later, first = sorted((j.a, j.b), key=lambda p: order[p.entry.id], reverse=True)
                found.setdefault(later.entry.id, {}).setdefault(
                    first.entry.id, j if j.a is later else evaluate_pair(later, first)
                )
    return {id_: tuple(verdicts.values()) for id_, verdicts in found.items()}


def entry_of(system: Any) -> Entry:
    """The entry of a model, node or mapping that has the register's fields."""
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
