"""Runs rules over an estate. One engine for all views and all front ends; what cannot be evaluated denies.

A rule is a function from one thing and the case to the faults that it finds in it:

    @rule("NET-001", over="networks")
    def not_in_the_blueprint(network: Network, case: Case) -> Iterator[Fault]:
        if network.id not in case.declared.network:
            yield {"network": network.name}

It yields values only. Id, severity, sentences, basis and waiver stand in the TOML file beside the module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies import words
from policies.estate import Estate, Gap, Node
from policies.findings import Finding, Findings, Severity, State, in_order
from policies.unknown import NotKnownError
from policies.words import Name

Fault = Mapping[str, Any]
"""Values for the rule's sentences; `see` (a list of places) is evidence and goes into no sentence."""
VIEWS = ("declared", "planned", "running")
SECONDS = 60.0
"""How long all rules together may take before the rest of them counts as not evaluated."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule may ask: the view that is judged, what is declared, and the day."""

    estate: Estate
    declared: Estate
    day: date


Check = Callable[[Any, Case], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `alone` says that one thing and the blueprint are enough, so that it can block before creation."""

    id: str
    over: str
    topic: str
    views: tuple[str, ...]
    alone: bool
    check: Check

    @property
    def data(self) -> dict[str, Any]:
        """Severity, texts, basis, leaks and waiver, from the TOML file."""
        entry: dict[str, Any] = words.topic(self.topic)[self.id]
        return entry

    @property
    def severity(self) -> Severity:
        return Severity(self.data["severity"])


RULES: dict[str, Rule] = {}
"""By id, in the order of the topics."""


def rule(name: str, over: str, views: Iterable[str] = VIEWS, alone: bool = True) -> Callable[[Check], Check]:
    """Registers a rule that judges each thing of one kind, in the views named."""

    def register(check: Check) -> Check:
        if name in RULES:
            raise ValueError(f"rule {name} exists twice")
        topic = check.__module__.rpartition(".")[2]
        RULES[name] = Rule(name, over, topic, tuple(views), alone, check)
        return check

    return register


def judge(case: Case, rules: Iterable[Rule], seconds: float = SECONDS) -> Findings:
    """Every rule over every thing of its kind in the case's view."""
    until = time.monotonic() + seconds
    wanted = [one for one in rules if case.estate.view in one.views]
    found = [_gap(gap, case) for gap in case.estate.gaps]
    judged = 0
    for one in wanted:
        for node in case.estate.of(one.over):
            judged += 1
            if time.monotonic() > until:
                found.append(_doubt("undecided", one, node, case, _id(node), "too-slow"))
            else:
                found.extend(_judged(one, node, case))
    return Findings(
        in_order(found),
        (case.estate.view,),
        case.declared.site,
        case.estate.place,
        case.declared.digest,
        judged,
        len(wanted),
    )


def _judged(one: Rule, node: Node, case: Case) -> Iterator[Finding]:
    try:
        for fault in one.check(node, case):
            yield _finding(one, node, case, fault)
    except NotKnownError as doubt:
        yield _doubt("undecided", one, node, case, doubt.what, doubt.why)
    except Exception as mistake:  # an error inside a rule denies, whatever it is
        yield _doubt("failed", one, node, case, "", f"{type(mistake).__name__}: {mistake}")


def _finding(one: Rule, node: Node, case: Case, fault: Fault) -> Finding:
    data = one.data
    return Finding(
        rule=one.id,
        severity=Severity(data["severity"]),
        state=State.FIRES,
        kind=one.over,
        subject=node.id,
        view=case.estate.view,
        values={key: value for key, value in fault.items() if key != "see"},
        texts=data,
        basis=tuple(data.get("basis", ())),
        leaks=tuple(data.get("leaks", ())),
        waiver=data["waiver"],
        at=node.at,
        see=tuple(place for place in fault.get("see", ()) if place),
    )


def _doubt(kind: str, one: Rule, node: Node, case: Case, what: Any, why: str) -> Finding:
    """A finding that says that a rule could not be evaluated: it denies whatever the rule's own severity."""
    data = one.data
    named = Name(*(words.word("kind", one.over, lang) for lang in words.LANGS))
    return Finding(
        rule=one.id,
        severity=Severity.DENY,
        state=State.UNDECIDED,
        kind=one.over,
        subject=_id(node),
        view=case.estate.view,
        values={"kind": named, "subject": _id(node), "rule": one.id, "what": what, "why": _why(why)},
        texts=words.common()[kind],
        basis=tuple(data.get("basis", ())),
        leaks=tuple(data.get("leaks", ())),
        waiver=data["waiver"],
        at=node.at,
        why=why,
    )


def _why(why: str) -> str | Name:
    """A reason in both languages where it is one of the common ones, else as it came from below."""
    known = words.common()["why"].get(why)
    return why if known is None else Name(*(known[lang] for lang in words.LANGS))


def _id(node: Node) -> str:
    return node.id if node.knows("id") else node.at or "?"


def _gap(gap: Gap, case: Case) -> Finding:
    return Finding(
        rule="GATE-001",
        severity=Severity.DENY,
        state=State.UNDECIDED,
        kind="gaps",
        subject=gap.id,
        view=case.estate.view,
        values={"what": gap.what, "why": _why(gap.why)},
        texts=words.common()["gap"],
        waiver={"by": "nobody", "days": 0},
        at=gap.at,
    )
