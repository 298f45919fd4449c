"""Statistics of a register, as printed by `lantu register stats`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from policies.duplicates.entry import LISTS, TEXTS, Entry
from policies.duplicates.language import READ, language
from policies.duplicates.verdict import LEAST_CONTENT


def stats(entries: Iterable[tuple[Entry, float]]) -> dict[str, Any]:
    """Statistics over entries, each given with its content (EntryProfile.content)."""
    filled: Counter[str] = Counter()
    states: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    branches: Counter[str] = Counter()
    names = Counter(zh=0, en=0, both=0)
    agencies: set[str] = set()
    too_little = []
    spoken: Counter[str] = Counter()
    systems = name_only = 0
    for e, content in entries:
        systems += 1
        filled.update(name for name in (*TEXTS, *LISTS) if getattr(e, name))
        states[e.state] += 1
        kinds[e.kind] += 1
        spoken[language(e.name)] += 1
        names["zh"] += bool(e.name_zh)
        names["en"] += bool(e.name_en)
        names["both"] += bool(e.name_zh and e.name_en)
        name_only += not (e.functions or e.produces or e.consumes or e.capability or e.object)
        if e.agency:
            agencies.add(e.agency)
        if e.capability:
            branches[e.capability.split(".")[0]] += 1
        if content < LEAST_CONTENT:
            too_little.append(e.id)
    return {
        "systems": systems,
        "filled": {key: filled[key] for key in (*TEXTS, *LISTS) if filled[key]},
        "names": dict(names),
        "languages": dict(spoken.most_common()),
        "not_read": {code: many for code, many in spoken.most_common() if code not in READ},
        "name_only": name_only,
        "too_little": sorted(too_little),
        "state": dict(states.most_common()),
        "kind": dict(kinds.most_common()),
        "agencies": len(agencies),
        "capability": dict(sorted(branches.items())),
    }
