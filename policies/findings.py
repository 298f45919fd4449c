"""What the gate found, as data. Text, Markdown and every other form are views of this; all of them count the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

from policies.words import LANGS, Lang, clause, filled, word

SCHEMA = "lantu.findings/1"
PARTS = ("title", "sentence", "expected", "actual", "remedy")


class Severity(StrEnum):
    """Worst first."""

    DENY = "deny"
    """Blocks; only a signed decision lifts it."""
    MAJOR = "major"
    """Waits for a named approver's decision."""
    WARN = "warn"
    INFO = "info"


class State(StrEnum):
    FIRES = "fires"
    """The rule is broken."""
    UNDECIDED = "undecided"
    """The rule could not be evaluated, which denies as well."""


class Verdict(IntEnum):
    """The exit status that a set of findings asks for."""

    GOOD = 0
    DENIED = 1
    WAITS = 3
    NOT_EVALUATED = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one thing. `texts` are the rule's templates, `values` what fills them."""

    rule: str
    severity: Severity
    state: State
    kind: str
    subject: str
    view: str
    values: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]
    basis: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    waiver: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    see: tuple[str, ...] = ()
    """Other places that show it."""
    why: str = ""
    """Of a doubt: the reason as a word."""

    @property
    def fingerprint(self) -> str:
        """The same for the same fault in every run, order, language and machine: no place, no time, no view."""
        said = [self.rule, self.state, self.kind, self.subject, _normal(self.values)]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:32]

    def joined(self, other: Finding) -> Finding:
        """This doubt and another rule's about the same value, as one."""
        rules = f"{self.rule}, {other.rule}"
        basis = (*self.basis, *(one for one in other.basis if one not in self.basis))
        return replace(self, rule=rules, values={**self.values, "rule": rules}, basis=basis)

    def say(self, part: str, lang: Lang) -> str:
        """A part of the rule's text, with the values in it."""
        return filled(self.texts[lang][part], self.values, lang)

    def text(self, lang: Lang) -> str:
        """All of it for people: a head line, then what was found, expected and to be done."""
        lines = [f"{self.rule} [{word('severity', self.severity, lang)}] {self.say('title', lang)}"]
        lines += [self.say("sentence", lang)]
        lines += [f"{word('label', name, lang)}{self.say(name, lang)}" for name in ("expected", "actual")]
        lines += [f"{word('label', 'basis', lang)}{clause(name, lang)}" for name in self.basis]
        lines += [f"{word('label', 'remedy', lang)}{self.say('remedy', lang)}"]
        lines += [f"{word('label', 'at', lang)}{place}" for place in (self.at, *self.see) if place]
        return "\n  ".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "state": str(self.state),
            "kind": self.kind,
            "subject": self.subject,
            "view": self.view,
            "values": _normal(self.values),
            "texts": {lang: {part: self.say(part, lang) for part in PARTS} for lang in LANGS},
            "basis": list(self.basis),
            "leaks": list(self.leaks),
            "waiver": dict(self.waiver),
            "at": self.at,
            "see": list(self.see),
            "fingerprint": self.fingerprint,
        }


def _normal(value: Any) -> Any:
    """A value free of the order in which it was met: what is a set is sorted, what is a list keeps its order."""
    if isinstance(value, Mapping):
        return {str(key): _normal(one) for key, one in sorted(value.items())}
    if isinstance(value, set | frozenset):
        return sorted(_normal(one) for one in value)
    if isinstance(value, tuple | list):
        return [_normal(one) for one in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


ORDER = {severity: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Findings:
    """All findings of one look at an estate, worst first, each told once."""

    found: tuple[Finding, ...]
    views: tuple[str, ...]
    site: str = ""
    place: str = ""
    digest: str = ""
    """SHA-256 of the blueprint that was judged against."""
    judged: int = 0
    """How many things were looked at: a pass over nothing is no pass."""
    rules: int = 0

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    @cached_property
    def counts(self) -> dict[str, int]:
        """By severity, and how many of them are `undecided`."""
        by_severity = Counter(one.severity for one in self.found)
        undecided = sum(one.state is State.UNDECIDED for one in self.found)
        return {str(severity): by_severity[severity] for severity in Severity} | {"undecided": undecided}

    @property
    def verdict(self) -> Verdict:
        """Denied where a rule denies, not evaluated where only doubt does, waiting where a decision is asked."""
        denials = [one for one in self.found if one.severity is Severity.DENY]
        if any(one.state is State.FIRES for one in denials):
            return Verdict.DENIED
        if denials:
            return Verdict.NOT_EVALUATED
        return Verdict.WAITS if self.counts[Severity.MAJOR] else Verdict.GOOD

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.name.lower(),
            "views": list(self.views),
            "site": self.site,
            "place": self.place,
            "blueprint": self.digest,
            "judged": self.judged,
            "rules": self.rules,
            "counts": self.counts,
            "findings": [one.as_json() for one in self.found],
        }

    def grouped(self) -> Iterator[Finding]:
        """For people: one value that is not known keeps many rules from deciding, and is told once."""
        seen: dict[tuple[str, str], Finding] = {}
        for one in self.found:
            if one.state is State.FIRES or "what" not in one.values:
                yield one
                continue
            key = one.subject, str(one.values["what"])
            seen[key] = one if key not in seen else seen[key].joined(one)
        yield from seen.values()

    def text(self, lang: Lang) -> str:
        """For people, plain: the verdict first, then every finding in a block of its own."""
        counts = "，" if lang == "zh" else ", "
        told = counts.join(f"{word('severity', name, lang)} {self.counts[name]}" for name in map(str, Severity))
        head = (
            f"{word('verdict', self.verdict.name.lower(), lang)}（{told}）"
            if lang == "zh"
            else (f"{word('verdict', self.verdict.name.lower(), lang)} ({told})")
        )
        return "\n\n".join([head, *(one.text(lang) for one in self.grouped())])


def in_order(found: list[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by rule and subject; a fault that two views or two runs of a rule tell is told once."""
    unique: dict[str, Finding] = {}
    for one in found:
        unique.setdefault(one.fingerprint, one)
    return tuple(sorted(unique.values(), key=lambda one: (ORDER[one.severity], one.rule, one.subject, one.fingerprint)))
