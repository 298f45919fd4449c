"""For a comment on a merge request: verdict first, a table of counts, findings folded, always below the limit.

Hosting sites drop a comment that is too long without a word (65,535 characters on the usual ones). What does not fit is
counted, never cut silently.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from inventory.texts.text import Lang
from policies.gate.core.texts import word
from policies.gate.outputs.common import LEVELS, MARKS, clauses, headline, level_word, locations, said, scope, waiver

LIMIT = 65_000
OPEN_FINDINGS = 5
"""Number of findings that are not folded."""


def render(document: dict[str, Any], lang: Lang) -> str:
    head = [f"## {headline(document, lang)}", "", scope(document, lang), "", *_matrix(document, lang), ""]
    text = "\n".join(head) + "\n"
    findings = document["findings"]
    for number, finding in enumerate(findings):
        block = _finding(finding, lang, opened=number < OPEN_FINDINGS)
        left = _left(len(findings) - number, lang)
        if len(text) + len(block) + len(left) > LIMIT:
            return text + left
        text += block
    return text


def _matrix(document: dict[str, Any], lang: Lang) -> list[str]:
    """A table of counts by topic and level."""
    topics = {rule["id"]: rule["topic"] for rule in document["rules"]}
    cells = Counter((topics[item["rule"]], item["level"]) for item in document["findings"])
    used = [topic for topic in dict.fromkeys(topics.values()) if any(cells[topic, level] for level in LEVELS)]
    names = " | ".join(f"{MARKS[level]} {level_word(level, lang)}" for level in LEVELS)
    rows = [f"| {word('column', 'topic', lang)} | {names} |", "|---|" + "---:|" * len(LEVELS)]
    for topic in used:
        numbers = " | ".join(str(cells[topic, level] or "") for level in LEVELS)
        rows.append(f"| {word('topic', topic, lang)} | {numbers} |")
    sums = " | ".join(str(sum(cells[topic, level] for topic in used)) for level in LEVELS)
    return [*rows, f"| **{word('column', 'sum', lang)}** | {sums} |"]


def _finding(finding: dict[str, Any], lang: Lang, opened: bool) -> str:
    mark = f"{MARKS[finding['level']]} {level_word(finding['level'], lang)}"
    title, subject = _plain(said(finding, "title", lang)), _plain(finding["subject"])
    head = f"{mark} <code>{finding['rule']}</code> {title}: <code>{subject}</code>"
    lines = [
        f"<details{' open' if opened else ''}><summary>{head}</summary>",
        "",
        _plain(said(finding, "sentence", lang)),
        "",
    ]
    for part in ("expected", "actual", "remedy"):
        lines.append(f"- **{word('label', part, lang)}** {_plain(said(finding, part, lang))}")
    if finding["basis"]:
        lines.append(f"- **{word('label', 'basis', lang)}** {clauses(finding, lang)}")
    lines.append(f"- **{word('label', 'waiver', lang)}** {waiver(finding, lang)}")
    lines += [f"- **{word('label', 'at', lang)}** `{location}`" for location in locations(finding)]
    lines += [f"- **{word('label', 'fingerprint', lang)}** `{finding['fingerprint']}`", "", "</details>", ""]
    return "\n".join(lines) + "\n"


def _left(number: int, lang: Lang) -> str:
    return word("label", "left_out", lang).format(number=number) + "\n"


def _plain(text: str) -> str:
    """Text with HTML tags and table cells escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|")
