"""Pages of rules: one rule for the terminal, all rules for docs/rules.md."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from inventory.texts.text import LANGS, Lang
from policies.gate import catalogue
from policies.gate.core.texts import word
from policies.gate.outputs.common import level_word, waiver

PLACEHOLDER = re.compile(r"\{\w+\}")
"""A placeholder in a text."""
RENEW = "PYTHONPATH=. .venv/bin/python -m policies.gate.rule_pages > docs/rules.md"
HEAD = f"""# Rules of the gate 门禁的规则

Made from the rules themselves by `{RENEW}`; a test fails when this page is stale.
由规则数据生成，过期时测试不通过。

Every rule has an example that violates it in `policies/gate/rules/examples/`, examples that pass in
`tests/policies/cases/`, and is tested with unknown values as well.
What cannot be evaluated (an unknown value, a missing input, an error inside a rule) denies, whatever the rule.
每条规则都有违反和符合的示例，并验证其无法判定时的表现；无法判定一律按禁止处理。

## To add a rule 增加一条规则

One function, one text entry, two examples. 一个函数、一条文字、两个示例。

1. **The function**, in the topic's file `policies/gate/rules/TOPIC.py`: from one object to the violations found in it.
   It yields values and no text. `over` names a list of `policies/gate/model/snapshot.py`; `context.declared` is the
   snapshot of the blueprint. If one object and the blueprint are not enough, set `alone=False`: the rule is then
   evaluated on the whole stack only.
   函数：对一个对象产出违反之处的数据，不写文字。

   ```python
   @rule("VOL-099", over="volumes", views=BUILT)
   def named_for_a_test(volume: Volume, context: Context) -> Iterator[Violation]:
       \"\"\"What is called a test has no place in a district.\"\"\"
       if "test" in volume.name:
           yield {{"volume": volume.name, "engine": volume.engine}}
   ```

2. **The text entry**, in `policies/gate/rules/TOPIC.toml`: severity (`deny`, `major` needs approval, `warn`,
   `info`), clauses of `policies/gate/core/basis.toml`, escape paths, who may waive it (`nobody` or `authority`) and for
   how many days, and five texts in both languages with the function's values in braces. Numbers and lists that may
   change go to `numbers`, and are read by `number(ID, KEY)`. A rule over what runs also has a `drift`.
   文字：级别、依据、可豁免者和中英文各五段。

   ```toml
   [VOL-099]
   severity = "warn"
   basis = ["TJ-9a"]
   escape_paths = []
   waiver = {{by = "nobody", days = 0}}
   zh.title = "测试用的卷"
   zh.sentence = "引擎 {{engine}} 上的卷 {{volume}} 以测试为名"
   zh.expected = "没有测试用的卷"
   zh.actual = "{{volume}}"
   zh.remedy = "删除该卷"
   en.title = "A volume for tests"
   en.sentence = "volume {{volume}} of engine {{engine}} is called a test"
   en.expected = "no volumes for tests"
   en.actual = "{{volume}}"
   en.remedy = "remove the volume"
   ```

3. **Two examples**: `policies/gate/rules/examples/VOL-099.yaml` violates the rule, `lantu rules show` prints it;
   `tests/policies/cases/VOL-099/passed-WHERE.yaml` passes (without `case`). Each is part of a snapshot in the JSON form
   of `lantu snapshot dump`, evaluated against `tests/policies/declared.yaml`; set `view: running` if the view is not
   the planned one, and `declared:` for what else the blueprint contains.
   示例：一个违反、一个符合。

   ```yaml
   case: violated-on-a-test-volume
   snapshot:
     volumes: [{{id: extranet/test1, engine: extranet, name: test1, at: "urn:test1"}}]
   ```

4. Generate the expected findings, review them, and renew this page. 生成预期结果并核对，再更新本页。

   ```bash
   scripts/test --renew tests/policies/test_cases.py
   {RENEW}
   scripts/test policies
   ```
"""


def page(entry: dict[str, Any], lang: Lang, example: dict[str, Any] | None = None) -> str:
    """One rule as plain text, with the first finding of its example."""
    texts = {part: PLACEHOLDER.sub("…", text) for part, text in entry["texts"][lang].items()}
    lines = [f"{entry['id']} [{level_word(entry['severity'], lang)}] {texts['title']}", "", texts["sentence"]]
    lines += [f"{word('label', 'remedy', lang)}{texts['remedy']}"]
    if example is not None:
        finding = example["findings"][0]["texts"][lang]
        lines += ["", f"{word('label', 'instance', lang)}{finding['sentence']}"]
        lines += [f"  {word('label', part, lang)}{finding[part]}" for part in ("expected", "actual", "remedy")]
    lines += ["", *(f"{word('label', 'basis', lang)}{_clause(clause, lang)}" for clause in entry["basis"])]
    lines += [f"{word('label', 'waiver', lang)}{waiver(entry, lang)}"]
    lines += [f"{word('label', 'views', lang)}{', '.join(word('view', view, lang) for view in entry['views'])}"]
    lines += (
        [f"{word('label', 'escape_paths', lang)}{', '.join(entry['escape_paths'])}"] if entry["escape_paths"] else []
    )
    lines += [f"{word('label', 'numbers', lang)}{key} = {value}" for key, value in entry["numbers"].items()]
    return "\n".join(lines)


def _clause(clause: dict[str, Any], lang: Lang) -> str:
    """The citation of a clause, its gist and its certainty."""
    sure = word("certainty", clause["certainty"], lang)
    return f"{clause['cited'][lang]}: {clause['gist'][lang]} ({clause['number']}, {clause['jurisdiction']}; {sure})"


def document(entries: list[dict[str, Any]]) -> str:
    """docs/rules.md: all rules, by topic, both languages side by side."""
    parts = [HEAD, *_overview(entries)]
    for topic, rules in groupby(entries, key=lambda item: item["topic"]):
        parts.append(f"\n## {word('topic', topic, 'en')} {word('topic', topic, 'zh')}\n")
        parts += [_section(rule, catalogue.example(rule["id"])) for rule in rules]
    return "\n".join(parts).rstrip() + "\n"


def _overview(entries: list[dict[str, Any]]) -> list[str]:
    rows = ["| id | | en | zh | escape paths |", "|---|---|---|---|---|"]
    for entry in entries:
        title = {lang: entry["texts"][lang]["title"] for lang in LANGS}
        link = f"[{entry['id']}](#{entry['id'].lower()})"
        rows.append(
            f"| {link} | {entry['severity']} | {title['en']} | {title['zh']} | {' '.join(entry['escape_paths'])} |"
        )
    return rows


def _section(entry: dict[str, Any], example: dict[str, Any] | None) -> str:
    titles = " · ".join(f"**{entry['texts'][lang]['title']}**" for lang in ("en", "zh"))
    lines = [f"### {entry['id']}", "", f"{titles} · {entry['severity']}"]
    for lang in ("en", "zh"):
        texts = entry["texts"][lang]
        lines += ["", f"> {texts['sentence']}", "", f"{word('label', 'remedy', lang)}{texts['remedy']}"]
        lines += [f"{word('label', 'waiver', lang)}{waiver(entry, lang)}"]
        if example is not None:
            lines += ["", f"{word('label', 'instance', lang)}{example['findings'][0]['texts'][lang]['sentence']}"]
    lines += ["", *(f"- {_clause(clause, 'zh')}" for clause in entry["basis"])]
    blocks_early = " Blocks before creation." if entry["before_creation"] else ""
    lines += ["", f"Views: {', '.join(entry['views'])}.{blocks_early}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    sys.stdout.write(document(catalogue.entries()))
