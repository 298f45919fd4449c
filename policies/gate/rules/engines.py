"""Escape paths of old engine versions: they pass only if the site declares a compensating control.

One rule per escape path of the catalogue; the version that closes it is in the rule's data.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import LAB, Context, open_escape_path
from policies.gate.core.rule import Check, number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import CompensatingControl, DockerEngine
from policies.gate.model.unknown import UnknownValueError

ROWS = {"ENG-015": "S15", "ENG-018": "S18", "ENG-019": "S19", "ENG-020": "S20", "ENG-022": "S22"}


def numbers(version: str) -> tuple[int, ...]:
    """`20.10.24+dfsg1` -> (20, 10, 24)."""
    parts = version.split("+")[0].split("-")[0].split(".")
    try:
        return tuple(int(part) for part in parts)
    except ValueError:
        raise UnknownValueError("version", repr(version)) from None


def leaves_open(name: str, escape_path: str) -> Check:
    """A check for one row."""

    def check(engine: DockerEngine, context: Context) -> Iterator[Violation]:
        if not engine.answers:  # RUN-012 reports it
            return
        version = engine.version or engine.at_least
        closed_by = number(name, "closed_by")
        if not version:  # the cloud's engine runs on nodes, whose rulesets close its escape paths
            return
        if numbers(version) < numbers(closed_by):
            values = {"engine": engine.id, "version": version, "closed_by": closed_by}
            yield from open_escape_path(escape_path, context, engine.id, values)

    return check


for _name, _escape_path in ROWS.items():
    rule(_name, over="engines")(leaves_open(_name, _escape_path))


@rule("ENG-001", over="compensating_controls", views=("declared",))
def compensating_control_in_production(
    compensating_control: CompensatingControl, context: Context
) -> Iterator[Violation]:
    """Production sites must not use compensating controls."""
    if context.declared.site_kind != LAB:
        yield {
            "compensating_control": compensating_control.id,
            "site": context.declared.site,
            "covers": compensating_control.covers,
        }


@rule("ENG-002", over="compensating_controls", views=("declared",))
def compensating_control_that_nobody_can_see(
    compensating_control: CompensatingControl, context: Context
) -> Iterator[Violation]:
    """A compensating control must be observable by the running view, and close the escape paths that it covers."""
    closes = number("ENG-002", "closes").get(compensating_control.id, [])
    claimed = sorted(set(compensating_control.covers) - set(closes))
    if claimed:
        yield {"compensating_control": compensating_control.id, "claimed": claimed, "expected": closes}
