"""The catalogue of rules as data, for `lantu rules`, docs/rules.md and outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inventory.texts.text import LANGS
from policies.gate.core import texts
from policies.gate.core.findings import PARTS
from policies.gate.core.rule import Rule
from policies.gate.rules.registry import RULES

EXAMPLES = Path(__file__).parent / "rules" / "examples"


def entry(rule: Rule) -> dict[str, Any]:
    """One rule, with its sentences as templates."""
    data = rule.data
    return {
        "id": rule.id,
        "topic": rule.topic,
        "over": rule.over,
        "views": list(rule.views),
        "before_creation": rule.alone,
        "severity": data["severity"],
        "texts": {lang: {part: data[lang][part] for part in PARTS} for lang in LANGS},
        "basis": [basis(name) for name in data["basis"]],
        "escape_paths": list(data["escape_paths"]),
        "waiver": dict(data["waiver"]),
        "numbers": dict(data.get("numbers", {})),
    }


def basis(name: str) -> dict[str, Any]:
    """One clause: citation, gist, and how reliable that is."""
    clause = texts.BASIS.entries[name]
    return {
        "id": name,
        "cited": {lang: texts.clause(name, lang) for lang in LANGS},
        "gist": {lang: clause[lang]["gist"] for lang in LANGS},
        "number": clause["number"],
        "jurisdiction": clause["jurisdiction"],
        "in_force": str(clause.get("in_force", "")),
        "verified_on": str(clause["verified_on"]),
        "certainty": clause["certainty"],
    }


def entries() -> list[dict[str, Any]]:
    """All rules, in the order of the topics."""
    return [entry(rule) for rule in RULES.values()]


def example(name: str) -> dict[str, Any] | None:
    """An example that violates the rule (for GATE-001, one that is not evaluated), or None if the rule has none.

    `case` is its name, `snapshot`, `declared` and `view` are what is evaluated, `findings` are whole findings.
    """
    import yaml

    path = EXAMPLES / f"{name}.yaml"
    if not path.exists():
        return None
    document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return document
