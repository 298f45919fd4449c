"""What the gate can judge at all."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine import Case, Fault, rule
from policies.estate import Other


@rule("MACH-001", over="others", views=("planned",))
def not_judgeable(other: Other, case: Case) -> Iterator[Fault]:
    """A resource of a type that no rule reads could make anything, a network included."""
    yield {"resource": other.id, "type": other.type}
