"""A rule is a function from one object and the context to the violations found in it.

    @rule("NET-001", over="networks")
    def not_in_the_blueprint(network: Network, context: Context) -> Iterator[Violation]:
        if network.id not in context.declared.network:
            yield {"network": network.name}

It yields values only. Severity, texts, basis and waiver are in the TOML file beside the module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from inventory.texts.text import LANGS
from policies.gate.core import texts
from policies.gate.core.context import Context
from policies.gate.core.levels import Severity
from policies.gate.core.violation import Violation

VIEWS = ("declared", "planned", "running")
BUILT = ("planned", "running")
"""The views that are compared with the declared view."""
Check = Callable[[Any, Context], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `alone`: one object and the blueprint are enough, so it can block before creation."""

    id: str
    over: str
    topic: str
    views: tuple[str, ...]
    alone: bool
    check: Check

    @property
    def data(self) -> dict[str, Any]:
        """Severity, texts, basis, escape paths and waiver, from the TOML file."""
        entry: dict[str, Any] = texts.topic(self.topic).entries[self.id]
        return entry

    @property
    def severity(self) -> Severity:
        return Severity(self.data["severity"])

    @property
    def brief(self) -> dict[str, Any]:
        """The rule in a findings document, also if it has no findings."""
        data = self.data
        return {
            "id": self.id,
            "topic": self.topic,
            "severity": data["severity"],
            "title": {lang: data[lang]["title"] for lang in LANGS},
            "remedy": {lang: data[lang]["remedy"] for lang in LANGS},
            "basis": {lang: [texts.clause(name, lang) for name in data["basis"]] for lang in LANGS},
            "waiver": dict(data["waiver"]),
        }


RULES: dict[str, Rule] = {}
"""By id, in the order of the topics."""


def rule(name: str, over: str, views: Iterable[str] = VIEWS, alone: bool = True) -> Callable[[Check], Check]:
    """Register a rule that is evaluated on each object of one kind, in these views."""

    def register(check: Check) -> Check:
        if name in RULES:
            raise ValueError(f"rule {name} exists twice")
        topic = check.__module__.rpartition(".")[2]
        RULES[name] = Rule(name, over, topic, tuple(views), alone, check)
        return check

    return register


def number(name: str, key: str) -> Any:
    """A number (or list) of a rule, from its data, because it can change with the law."""
    return RULES[name].data["numbers"][key]
