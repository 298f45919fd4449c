"""The catalogue as pages: one rule for the terminal, all of them for docs/rules.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from policies.outputs.common import level_word, waiver
from policies.words import LANGS, Lang, word

GAP = re.compile(r"\{\w+\}")
"""Where a value stands in a text."""
RENEW = "PYTHONPATH=. .venv/bin/python -m policies.pages > docs/rules.md"
HEAD = f"""# Rules of the gate 闸门的规则

Made from the rules themselves by `{RENEW}`; a test fails when this page is stale.
由规则数据生成，过期时测试不通过。

Every rule has examples that break it, that keep it and that leave it undecided, below `tests/policies/cases/`.
What cannot be evaluated (an unknown value, a missing input, an error inside a rule) denies, whatever the rule.
每条规则都有违反、符合和无法判定的示例；无法判定一律按禁止处理。
"""


KINDS = ("fires", "holds", "seen", "unknown")
"""What an example shows, as its name begins."""


def page(entry: dict[str, Any], examples: list[str], lang: Lang, instance: dict[str, Any] | None = None) -> str:
    """One rule, plain text; `instance` are the texts of a finding of it, with values in them."""
    texts = {part: GAP.sub("…", text) for part, text in entry["texts"][lang].items()}
    lines = [f"{entry['id']} [{level_word(entry['severity'], lang)}] {texts['title']}", "", texts["sentence"]]
    lines += [f"{word('label', 'remedy', lang)}{texts['remedy']}"]
    if instance is not None:
        lines += ["", f"{word('label', 'instance', lang)}{instance[lang]['sentence']}"]
        lines += [f"  {word('label', part, lang)}{instance[lang][part]}" for part in ("expected", "actual", "remedy")]
    lines += ["", *(f"{word('label', 'basis', lang)}{_clause(clause, lang)}" for clause in entry["basis"])]
    lines += [f"{word('label', 'waiver', lang)}{waiver(entry, lang)}"]
    lines += [f"{word('label', 'views', lang)}{', '.join(word('view', view, lang) for view in entry['views'])}"]
    lines += [f"{word('label', 'leaks', lang)}{', '.join(entry['leaks'])}"] if entry["leaks"] else []
    lines += [f"{word('label', 'numbers', lang)}{key} = {value}" for key, value in entry["numbers"].items()]
    for kind in KINDS:
        named = [one.removeprefix(f"{kind}-").replace("-", " ") for one in examples if one.startswith(kind)]
        lines += [f"{word('label', kind, lang)}{'; '.join(named)}"] if named else []
    return "\n".join(lines)


def _clause(clause: dict[str, Any], lang: Lang) -> str:
    """Cited, with what it says and how sure that is."""
    sure = word("certainty", clause["certainty"], lang)
    return f"{clause['cited'][lang]}: {clause['gist'][lang]} ({clause['number']}, {clause['jurisdiction']}; {sure})"


def document(entries: list[dict[str, Any]], examples: Callable[[str], list[str]]) -> str:
    """docs/rules.md: all rules, by topic, both languages side by side."""
    parts = [HEAD, *_overview(entries)]
    for topic, rules in groupby(entries, key=lambda one: one["topic"]):
        parts.append(f"\n## {word('topic', topic, 'en')} {word('topic', topic, 'zh')}\n")
        parts += [_section(one, examples(one["id"])) for one in rules]
    return "\n".join(parts).rstrip() + "\n"


def _overview(entries: list[dict[str, Any]]) -> list[str]:
    rows = ["| id | | en | zh | leaks |", "|---|---|---|---|---|"]
    for one in entries:
        title = {lang: one["texts"][lang]["title"] for lang in LANGS}
        link = f"[{one['id']}](#{one['id'].lower()})"
        rows.append(f"| {link} | {one['severity']} | {title['en']} | {title['zh']} | {' '.join(one['leaks'])} |")
    return rows


def _section(one: dict[str, Any], examples: list[str]) -> str:
    titles = " · ".join(f"**{one['texts'][lang]['title']}**" for lang in ("en", "zh"))
    lines = [f"### {one['id']}", "", f"{titles} · {one['severity']}"]
    for lang in ("en", "zh"):
        texts = one["texts"][lang]
        lines += ["", f"> {texts['sentence']}", "", f"{word('label', 'remedy', lang)}{texts['remedy']}"]
        lines += [f"{word('label', 'waiver', lang)}{waiver(one, lang)}"]
    lines += ["", *(f"- {_clause(clause, 'zh')}" for clause in one["basis"])]
    lines += ["", f"Views: {', '.join(one['views'])}." + (" Blocks before creation." if one["before_creation"] else "")]
    lines += [f"Examples: {', '.join(f'`{name}`' for name in examples)}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    import sys
    from pathlib import Path

    from policies.catalogue import entries as all_entries

    cases = Path(__file__).parents[1] / "tests" / "policies" / "cases"
    named = {folder.name: [path.stem for path in sorted(folder.glob("*.yaml"))] for folder in cases.iterdir()}
    sys.stdout.write(document(all_entries(), lambda name: named.get(name, [])))
