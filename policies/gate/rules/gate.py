"""The inputs of the gate."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.levels import Status
from policies.gate.core.rule import rule
from policies.gate.core.texts import why_of
from policies.gate.core.violation import Violation
from policies.gate.model import MissingInput


@rule("GATE-001", over="missing_inputs")
def missing_input(missing_input: MissingInput, context: Context) -> Iterator[Violation]:
    """A missing or unreadable input: the rules that need it cannot be evaluated, so the gate denies."""
    yield {"what": missing_input.what, "why": why_of(missing_input.why), "status": Status.NOT_EVALUATED}
