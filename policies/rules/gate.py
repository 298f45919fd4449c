"""What the gate itself needs: its inputs."""

from __future__ import annotations

from collections.abc import Iterator

from policies.case import Case
from policies.engine import why_of
from policies.findings import State
from policies.nodes import Gap
from policies.rule import Fault, rule


@rule("GATE-001", over="gaps")
def missing_input(gap: Gap, case: Case) -> Iterator[Fault]:
    """An input that is missing or unreadable: the rules that need it have no answer, so that nothing passes."""
    yield {"what": gap.what, "why": why_of(gap.why), "state": State.UNDECIDED}
