"""Systems: nothing is built twice."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Case, Fault, rule
from policies.estate import System
from policies.words import Name

ADVANCE = {"running": 0, "building": 1, "planned": 2, "retired": 3}
"""Which of two equal systems was there first: the one that is further on."""


@rule("SYS-001", over="systems")
def built_twice(system: System, case: Case) -> Iterator[Fault]:
    """Same capability code and same object as a system that is already in the register."""
    place = case.estate.systems.index(system)
    for number, other in enumerate(case.estate.systems):
        if other is system or _function(other) != _function(system) or "retired" in (other.state, system.state):
            continue
        if (ADVANCE[other.state], number) < (ADVANCE[system.state], place):
            yield {
                "system": Name(system.name_zh, system.name_en),
                "other": other.id,
                "other_name": Name(other.name_zh, other.name_en),
                "owner": other.owner,
                "agency": other.agency,
                "contact": other.contact,
                "capability": system.capability,
                "object": system.object,
                "see": [other.at],
            }


def _function(system: System) -> tuple[str, str]:
    return system.capability, system.object
