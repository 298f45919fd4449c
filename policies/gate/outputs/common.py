"""Shared by all outputs: levels in their order, the headline, clauses."""

from __future__ import annotations

from collections import Counter
from typing import Any

from inventory.texts.text import Lang
from policies.gate.core.texts import clause, word

LEVELS = ("deny", "major", "warn", "info", "to-be-observed")
"""Levels of findings, worst first."""
MARKS = {"deny": "✖", "major": "▲", "warn": "●", "info": "ℹ", "to-be-observed": "◌"}
"""A mark for each level, so that colour is not the only distinction."""


def level_word(level: str, lang: Lang) -> str:
    return word("status" if level == "to-be-observed" else "severity", level, lang)


def counted(document: dict[str, Any]) -> dict[str, int]:
    """The number of findings of each level."""
    numbers = Counter(item["level"] for item in document["findings"])
    return {level: numbers[level] for level in LEVELS}


def counts_line(document: dict[str, Any], lang: Lang) -> str:
    """`禁止 3，须审批 0，…`: the same in every output."""
    counts = [f"{level_word(level, lang)} {number}" for level, number in counted(document).items()]
    return ("，" if lang == "zh" else ", ").join(counts)


def headline(document: dict[str, Any], lang: Lang) -> str:
    verdict = word("verdict", document["verdict"], lang)
    return (
        f"{verdict}（{counts_line(document, lang)}）" if lang == "zh" else f"{verdict} ({counts_line(document, lang)})"
    )


def scope(document: dict[str, Any], lang: Lang) -> str:
    """The scope: views, site, location, number of objects and rules, and the blueprint."""
    views = ", ".join(word("view", view, lang) for view in document["views"])
    parts = [
        f"{word('label', 'views', lang)}{views}",
        f"{word('label', 'site', lang)}{document['site'] or '-'}",
        f"{word('label', 'location', lang)}{document['location'] or '-'}",
        word("label", "evaluated", lang).format(evaluated=document["evaluated"], rules=len(document["rules"])),
        f"{word('label', 'blueprint', lang)}{document['blueprint'][:12] or '-'}",
    ]
    return " · ".join(parts)


def said(finding: dict[str, Any], part: str, lang: Lang) -> str:
    return str(finding["texts"][lang][part])


def clauses(finding: dict[str, Any], lang: Lang) -> str:
    return ("；" if lang == "zh" else "; ").join(clause(name, lang) for name in finding["basis"])


def waiver(finding: dict[str, Any], lang: Lang) -> str:
    """Who may waive it, and for how long."""
    who = word("role", finding["waiver"]["by"], lang)
    days = finding["waiver"]["days"]
    return who if not days else (f"{who}，至多 {days} 天" if lang == "zh" else f"{who}, {days} days at most")


def locations(finding: dict[str, Any]) -> list[str]:
    return [location for location in (finding["at"], *finding["see"]) if location]
