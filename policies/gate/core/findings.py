"""The findings of the gate as data, from which all outputs are rendered."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from inventory.texts.text import LANGS, Lang, filled
from policies.gate.core.levels import Severity, Status, Verdict
from policies.gate.core.rule import Rule
from policies.gate.core.texts import clause, word

SCHEMA = "lantu.findings/2"
PARTS = ("title", "sentence", "expected", "actual", "remedy")
DRIFTS = ("UNAPPROVED", "EXPIRED", "MUTATED", "MISSING", "BYPASS")
"""Never approved; approval expired; differs from what is approved; approved but missing; exists although denied."""
CONTEXT = ("expected", "nearest", "blocks", "allowed", "known", "because")
"""Values that describe the expected state, not the violation."""


@dataclass(frozen=True)
class Finding:
    """A violation of one rule by one object. `values` fill the templates in `texts`."""

    rule: str
    severity: Severity
    status: Status
    kind: str
    subject: str
    view: str
    values: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]
    basis: tuple[str, ...] = ()
    escape_paths: tuple[str, ...] = ()
    waiver: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    see: tuple[str, ...] = ()
    """Other source locations of it."""
    why: str = ""
    """If it was not evaluated: the reason."""
    drift: str = ""
    """In the running view: how it differs from what is declared. One of DRIFTS."""

    @property
    def blocks_or_warns(self) -> bool:
        """Whether its severity counts; `to-be-observed` does not block yet."""
        return self.status is not Status.TO_BE_OBSERVED

    @property
    def level(self) -> str:
        """Its severity, or `to-be-observed`."""
        return str(self.severity) if self.blocks_or_warns else str(self.status)

    @property
    def blocks(self) -> bool:
        return self.blocks_or_warns and self.severity in (Severity.DENY, Severity.MAJOR)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for the same violation in every run, order, language, machine and view.

        Expected values are left out, because the remedy can change.
        """
        violation = {key: value for key, value in self.values.items() if key not in CONTEXT}
        identity = [self.rule, self.status, self.kind, self.subject, _normal(violation, ordered=False)]
        return hashlib.sha256(json.dumps(identity, sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:32]

    @property
    def group(self) -> tuple[str, ...] | None:
        """Key of findings that are printed as one: one unknown value, or one compensating control to be observed."""
        if self.status is Status.NOT_EVALUATED and "rule" in self.values:
            return "doubt", self.subject, str(self.values["what"])
        return ("seen", str(self.values["by"])) if self.status is Status.TO_BE_OBSERVED else None

    def joined(self, other: Finding) -> Finding:
        """This finding and another of its group, as one."""
        merged = {
            key: _both(value, other.values[key]) if key in ("rule", "escape_path", "engine") else value
            for key, value in self.values.items()
        }
        basis = (*self.basis, *(item for item in other.basis if item not in self.basis))
        return replace(self, rule=", ".join(_both(self.rule, other.rule)), values=merged, basis=basis)

    def mark(self, lang: Lang) -> str:
        """The severity as a word, or the status `to be observed`."""
        return word("severity", self.severity, lang) if self.blocks_or_warns else word("status", self.status, lang)

    def say(self, part: str, lang: Lang) -> str:
        """A part of the rule's text, with its placeholders filled."""
        return filled(self.texts[lang][part], self.values, lang)

    def text(self, lang: Lang) -> str:
        """The whole finding as text."""
        lines = [f"{self.rule} [{self.mark(lang)}] {self.say('title', lang)}"]
        lines += [self.say("sentence", lang)]
        lines += [f"{word('label', name, lang)}{self.say(name, lang)}" for name in ("expected", "actual")]
        lines += [f"{word('label', 'basis', lang)}{clause(name, lang)}" for name in self.basis]
        lines += [f"{word('label', 'remedy', lang)}{self.say('remedy', lang)}"]
        lines += [f"{word('label', 'at', lang)}{location}" for location in (self.at, *self.see) if location]
        return "\n  ".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "status": str(self.status),
            "level": self.level,
            "drift": self.drift,
            "kind": self.kind,
            "subject": self.subject,
            "view": self.view,
            "values": _normal(self.values),
            "texts": {lang: {part: self.say(part, lang) for part in PARTS} for lang in LANGS},
            "basis": list(self.basis),
            "escape_paths": list(self.escape_paths),
            "waiver": dict(self.waiver),
            "at": self.at,
            "see": list(self.see),
            "fingerprint": self.fingerprint,
        }


def _both(words: Any, other: Any) -> tuple[str, ...]:
    """Two words, or lists of words, as one list without duplicates."""
    parts = (each.split(", ") if isinstance(each, str) else each for each in (words, other))
    return tuple(dict.fromkeys(word for part in parts for word in part))


def _normal(value: Any, ordered: bool = True) -> Any:
    """A value as plain JSON; with `ordered=False`, lists are sorted."""
    if isinstance(value, Mapping):
        return {str(key): _normal(item, ordered) for key, item in sorted(value.items())}
    if isinstance(value, tuple | list | set | frozenset):
        many = [_normal(item, ordered) for item in value]
        return many if ordered and not isinstance(value, set | frozenset) else sorted(many, key=repr)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


ORDER = {severity: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Findings:
    """All findings of one evaluation, worst first, without duplicates."""

    found: tuple[Finding, ...]
    views: tuple[str, ...]
    site: str = ""
    location: str = ""
    digest: str = ""
    """SHA-256 of the blueprint."""
    evaluated: int = 0
    """Number of evaluated objects."""
    rules: tuple[Rule, ...] = ()
    """The evaluated rules, also those without findings."""

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Counts by severity, and of `not_evaluated` and `to_be_observed`."""
        by_severity = Counter(item.severity for item in self.found if item.blocks_or_warns)
        by_status = Counter(item.status for item in self.found)
        statuses = {
            "not_evaluated": by_status[Status.NOT_EVALUATED],
            "to_be_observed": by_status[Status.TO_BE_OBSERVED],
        }
        return {str(severity): by_severity[severity] for severity in Severity} | statuses

    @property
    def verdict(self) -> Verdict:
        """DENIED if a rule is violated, NOT_EVALUATED if one could not be evaluated, WAITING if approval is needed."""
        denials = [item for item in self.found if item.severity is Severity.DENY and item.blocks_or_warns]
        if any(denial.status is Status.VIOLATED for denial in denials):
            return Verdict.DENIED
        if denials:
            return Verdict.NOT_EVALUATED
        return Verdict.WAITING if self.counts[Severity.MAJOR] else Verdict.PASSED

    def as_json(self) -> dict[str, Any]:
        """The findings document, from which every output is rendered; `rules` are all that were evaluated."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.name.lower(),
            "views": list(self.views),
            "site": self.site,
            "location": self.location,
            "blueprint": self.digest,
            "evaluated": self.evaluated,
            "counts": self.counts,
            "rules": [rule.brief for rule in self.rules],
            "findings": [item.as_json() for item in self.found],
        }

    def with_(self, other: Findings) -> Findings:
        """The findings of both; the same violation in two views is one finding."""
        return Findings(
            in_order([*self.found, *other.found]),
            tuple(dict.fromkeys([*self.views, *other.views])),
            self.site or other.site,
            self.location if self.location == other.location else "",
            self.digest or other.digest,
            self.evaluated + other.evaluated,
            tuple(dict.fromkeys([*self.rules, *other.rules])),
        )

    def settled(self) -> Findings:
        """Without `to-be-observed` findings if the running view was evaluated: it observed the control, or denies."""
        if "running" not in self.views:
            return self
        return replace(self, found=tuple(item for item in self.found if item.blocks_or_warns))

    def grouped(self) -> Iterator[Finding]:
        """For people: findings of several rules about one unknown value are joined."""
        groups: dict[tuple[str, ...], Finding] = {}
        for item in self.found:
            key = item.group
            if key is None:
                yield item
            else:
                groups[key] = groups[key].joined(item) if key in groups else item
        yield from groups.values()


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Worst first, violations before findings that were not evaluated, then by rule and subject.

    Findings with the same fingerprint are joined.
    """
    unique: dict[str, Finding] = {}
    for finding in findings:
        first = unique.setdefault(finding.fingerprint, finding)
        if finding.at not in (first.at, *first.see):
            unique[finding.fingerprint] = replace(first, see=(*first.see, finding.at))
    statuses = list(Status)
    return tuple(
        sorted(
            unique.values(),
            key=lambda item: (
                ORDER[item.severity],
                statuses.index(item.status),
                item.rule,
                item.subject,
                item.fingerprint,
            ),
        )
    )
