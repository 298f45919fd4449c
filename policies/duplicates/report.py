"""The result as one JSON document, and its text form in Chinese, English or both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from policies.duplicates.check import CheckResult
from policies.duplicates.evidence import Lang, evidence, sentence, texts
from policies.duplicates.groups import Group
from policies.duplicates.normalise import is_han
from policies.duplicates.relation import SAME_SYSTEM
from policies.duplicates.verdict import BLOCK, NONE, REVIEW, TOO_LITTLE, PairVerdict

SCHEMA = 1
Document = dict[str, Any]


def document(
    verdicts: Iterable[PairVerdict],
    compared: int,
    result: CheckResult | None = None,
    grouped: Sequence[Group] | None = None,
) -> Document:
    """The stable JSON form, described by schema.json. `grouped`: groups of a register compared with itself."""
    result_document: Document = {"schema": SCHEMA, "compared": compared, "pairs": [pair(j) for j in verdicts]}
    if result:
        result_document["scored"] = result.looked_at
        result_document["not_shown"] = result.more
    if grouped is not None:
        result_document["groups"] = [
            {
                "number": g.number,
                "verdict": g.verdict,
                "name": g.name,
                "bits": g.bits,
                "ids": list(g.ids),
                "agencies": list(g.agencies),
                "pairs": [[j.a.entry.id, j.b.entry.id] for j in g.pairs],
            }
            for g in grouped
        ]
    return result_document


def page(result: CheckResult, grouped: Sequence[Group], langs: tuple[Lang, ...] = ("zh", "en")) -> str:
    """A register compared with itself: one line per group. Control characters of a list are replaced."""
    lines = _both(langs, "report", "compared", count=result.compared, pairs=result.looked_at)
    blocked = sum(g.verdict == BLOCK for g in grouped)
    values = {"groups": len(grouped), "systems": sum(len(g.ids) for g in grouped), "blocked": blocked}
    lines += _both(langs, "report", "groups" if grouped else "nothing", count=result.compared, **values)
    lines += ["", *(_group_line(g, langs) for g in grouped), ""] if grouped else []
    doubts = sorted({j.a.entry.id for j in result.verdicts if j.verdict == TOO_LITTLE})
    if doubts:
        lines += [*_both(langs, "report", "doubts", count=len(doubts)), _cut("  " + ", ".join(doubts))]
    hints = sum(j.verdict == NONE and j.relation != SAME_SYSTEM for j in result.verdicts)
    if hints:
        lines += _both(langs, "report", "hints", count=hints)
    if result.more:
        lines += _both(langs, "report", "more_in_all", count=sum(result.more.values()))
    if grouped:
        lines += _both(langs, "report", "expand")
    return "\n".join(_ACTS.sub("\ufffd", line) for line in (*lines, ""))


WIDE = 110
"""Columns of a line; a Chinese character occupies two."""


def _group_line(g: Group, langs: tuple[Lang, ...]) -> str:
    verdict = "/".join(texts()["short"][g.verdict][lang] for lang in langs)
    agencies = "、".join(g.agencies[:3]) + (f" +{len(g.agencies) - 3}" if len(g.agencies) > 3 else "")
    return _cut(f"{g.number:>3} {verdict} {len(g.ids)}× {g.bits:+.1f}  {g.name}  [{agencies}]  {', '.join(g.ids)}")


def _cut(text: str) -> str:
    width = 0
    for at, char in enumerate(text):
        width += 2 if is_han(char) or "\u3000" <= char <= "\uffef" else 1
        if width > WIDE:
            return text[: at - 1] + "…"
    return text


def pair(j: PairVerdict) -> Document:
    return {
        "a": j.a.entry.id,
        "b": j.b.entry.id,
        "bits": j.bits,
        "verdict": j.verdict,
        "relation": j.relation,
        "fields": j.fields,
        "evidence": evidence(j),
    }


def text(doc: Document, langs: tuple[Lang, ...] = ("zh", "en")) -> str:
    """The document as text: a summary, then one block per pair. Control characters of a list are replaced."""
    parts = (_summary(doc, langs), *(_pair(p, langs) for p in doc["pairs"]))
    return "\n".join(_ACTS.sub("\ufffd", line) for part in parts for line in (*part, ""))


_ACTS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _both(langs: tuple[Lang, ...], group: str, key: str, **values: object) -> list[str]:
    texts_by_language = sentence(group, key, **values)
    return [texts_by_language[lang] for lang in langs]


def _summary(doc: Document, langs: tuple[Lang, ...]) -> list[str]:
    count = {
        verdict: sum(p["verdict"] == verdict for p in doc["pairs"]) for verdict in (BLOCK, REVIEW, NONE, TOO_LITTLE)
    }
    lines = _both(langs, "report", "compared", count=doc["compared"], pairs=doc.get("scored", len(doc["pairs"])))
    if not count[BLOCK] and not count[REVIEW] and not count[TOO_LITTLE] and not doc.get("not_shown"):
        lines += _both(langs, "report", "nothing", count=doc["compared"])
    for verdict, key in ((BLOCK, "blocked"), (REVIEW, "reviews"), (TOO_LITTLE, "doubts")):
        if count[verdict]:
            lines += _both(langs, "report", key, count=count[verdict])
    for id_, more in doc.get("not_shown", {}).items():
        lines += _both(langs, "report", "more", id=id_, count=more)
    return lines


def _pair(p: Document, langs: tuple[Lang, ...]) -> list[str]:
    shown = p["evidence"]
    verdict, relation = texts()["verdicts"][p["verdict"]], texts()["relations"][p["relation"]]
    lines = [
        "=" * 78,
        " / ".join(
            f"{verdict[lang]}（{relation[lang]}）" if lang == "zh" else f"{verdict[lang]} ({relation[lang]})"
            for lang in langs
        ),
    ]
    lines += [f"{mark} {_named(shown[side])}" for mark, side in (("A 甲", "a"), ("B 乙", "b"))]
    lines += [
        f"  {bar['bits']:+7.2f}  {_joined(bar['label'], langs)}{_level(bar, langs)}"
        for bar in shown["waterfall"]
        if bar["bits"] or bar["agreement"] is not None
    ]
    lines += [f"  {p['bits']:+7.2f}  {_joined(texts()['report']['total'], langs)}"]
    lines += [f"  ≈ {m['a']} | {m['b']}{_concept(m, langs)}" for m in shown["matched"]]
    lines += [f"  = {m['a']} | {m['b']}  {round(100 * m['agreement'])}%" for m in shown["functions"]["shared"]]
    return lines + [f"  {line}" for line in _words(shown, langs)]


def _words(shown: Document, langs: tuple[Lang, ...]) -> list[str]:
    lines: list[str] = []
    functions = shown["functions"]
    if functions["overlap_percent"]:
        lines += _both(langs, "report", "overlap", **functions["overlap_percent"])
    for key in ("only_a", "only_b"):
        if functions[key]:
            more = f" (+{functions['more_' + key]})" if functions["more_" + key] else ""
            lines += _both(langs, "report", key, items="; ".join(functions[key]) + more)
    agreeing = [texts()["fields"][name] for name in shown["agreeing_fields"]]
    for lang in langs:
        lines.append(
            sentence(
                "report",
                "agreeing",
                items=", ".join(f[lang] for f in agreeing) or texts()["report"]["nothing_listed"][lang],
            )[lang]
        )
    if shown["question"]:
        lines += [shown["question"][lang] for lang in langs]
    lines += [sentence("report", "advice", text=shown["advice"][lang])[lang] for lang in langs]
    return lines + [note[lang] for note in shown["notes"] for lang in langs]


def _named(who: Document) -> str:
    names = " / ".join(who[key] for key in ("name_zh", "name_en") if key in who)
    return f"{who['id']}  {names}" + (f"  [{who['agency']}]" if "agency" in who else "")


def _joined(both: dict[str, str], langs: tuple[Lang, ...]) -> str:
    return " / ".join(both[lang] for lang in langs)


def _level(bar: Document, langs: tuple[Lang, ...]) -> str:
    return f": {_joined(bar['level'], langs)}" if bar["level"] else ""


def _concept(match: Document, langs: tuple[Lang, ...]) -> str:
    return f"  ({_joined(match['concept'], langs)})" if match["concept"] else ""
